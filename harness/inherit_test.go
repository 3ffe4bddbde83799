package harness_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
)

// TestChildrenDoWhatTheHarnessMeans whatever the environment asks of those who
// listen to it.
func TestChildrenDoWhatTheHarnessMeans(t *testing.T) {
	for _, row := range []struct{ name, value string }{
		{"GO_FAILPOINTS", "main/before-write=panic"},
		{"GO_FAILPOINTS", "no such thing"},
		{"GO_FAILPOINTS_HTTP", "no such address"},
		{"GOTRACEBACK", "crash"},
		{"GOMEMLIMIT", "no limit"},
	} {
		t.Run(row.name+"="+row.value, func(t *testing.T) {
			t.Setenv(row.name, row.value)
			at := arm("after-write", 1, control.Panic)
			c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
			c.Go("save", save{file(t), "new"})
			if _, _, err := c.Die(patient(t), at); err != nil {
				t.Error(err)
			}
			if strings.Contains(c.Output(), "failpoint") && strings.Contains(c.Output(), "http") {
				t.Errorf("it listens: %s", c.Output())
			}
		})
	}
}

func TestWhatIsAddedToTheEnvironmentIsThere(t *testing.T) {
	c := start(t, saver, harness.Config{Env: []string{"GO_FAILPOINTS=main/before-write=panic"}})
	c.Go("save", save{file(t), "new"})
	if exit, err := c.WaitExit(patient(t)); err != nil || exit.Code != 2 {
		t.Errorf("%v, %v: the failpoint in Config.Env is not live", exit, err)
	}
}

// TestChildrenGetNoDescriptorsButTheirOwn holds one open as a shell's lock is.
func TestChildrenGetNoDescriptorsButTheirOwn(t *testing.T) {
	lock := filepath.Join(t.TempDir(), "lock")
	fd, err := unix.Open(lock, unix.O_CREAT|unix.O_RDWR, 0o600) // not close-on-exec
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	c := start(t, saver, harness.Config{})
	if _, err := c.Hello(patient(t)); err != nil {
		t.Fatal(err)
	}
	dir := fmt.Sprintf("/proc/%d/fd", c.PID())
	open, err := os.ReadDir(dir)
	if err != nil || len(open) < 5 {
		t.Fatalf("%v open, %v", open, err)
	}
	for _, e := range open {
		if target, _ := os.Readlink(filepath.Join(dir, e.Name())); target == lock {
			t.Errorf("descriptor %s of the child is the harness's %s", e.Name(), target)
		}
	}
}
