package bench

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/harness"
)

// childArg makes this test binary be a child.
const childArg = "bench-child"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == childArg {
		if err := Child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	harness.EndWithParent()
	os.Exit(m.Run())
}

// quickPlan measures with this binary as the child, in a folder of its own.
func quickPlan(t *testing.T) Plan {
	t.Helper()
	return Plan{Child: []string{os.Args[0], childArg}, Dir: t.TempDir(), Quick: true}
}

// leavesNothing checks that there is no child any more and nothing in a folder.
func leavesNothing(t *testing.T, dir string) {
	t.Helper()
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("child %d is left, %v", pid, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}
