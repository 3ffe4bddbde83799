package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/internal/workdir"
)

// killpoint is the command, built once.
var killpoint string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	harness.EndWithParent()
	// Where these tests are run with SIGHUP ignored, as under nohup, what they start
	// would ignore it too: a signal that is handled here is not ignored there.
	if signal.Ignored(unix.SIGHUP) {
		signal.Notify(make(chan os.Signal, 1), unix.SIGHUP)
	}
	dir, err := workdir.Make(os.TempDir(), "killpoint-command-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer dir.Remove()
	killpoint = filepath.Join(dir.Path, "killpoint")
	if out, err := exec.Command("go", "build", "-o", killpoint, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// ran is what a run of the command came to.
type ran struct {
	code           int
	stdout, stderr string
}

// runCommand runs the command to its end.
func runCommand(t *testing.T, args ...string) ran {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd := exec.Command(killpoint, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// String is for messages.
func (r ran) String() string {
	return fmt.Sprintf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
}

// outFolder is a folder for --out that does not exist yet.
func outFolder(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "out")
}

// entries lists a folder; one that is not there is empty.
func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range found {
		names = append(names, e.Name())
	}
	return names
}
