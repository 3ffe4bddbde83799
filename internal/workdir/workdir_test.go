package workdir_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"killpoint/harness"
	"killpoint/internal/workdir"
)

// TestMain is also the run that is killed: it makes a folder, says so, and waits.
func TestMain(m *testing.M) {
	parent := os.Getenv("WORKDIR_TEST_PARENT")
	if parent == "" {
		harness.EndWithParent()
		os.Exit(m.Run())
	}
	d, err := workdir.Make(parent, "work-")
	if err == nil {
		err = os.WriteFile(filepath.Join(d.Path, "file"), []byte("large"), 0o600)
	}
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString("made\n")
	io.Copy(io.Discard, os.Stdin)
}

// TestFoldersOfDeadRunsAreRemoved, and those of living ones are not.
func TestFoldersOfDeadRunsAreRemoved(t *testing.T) {
	parent := t.TempDir()
	kept := filepath.Join(parent, "other")
	if err := os.Mkdir(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(os.Args[0])
	run.Env = append(os.Environ(), "WORKDIR_TEST_PARENT="+parent)
	in, err := run.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("made\n"))); err != nil {
		t.Fatal(err)
	}
	works := func() int {
		names, err := filepath.Glob(filepath.Join(parent, "work-*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	mine, err := workdir.Make(parent, "work-")
	if err != nil || works() != 2 {
		t.Fatalf("%v; %d folders, want that of the run and mine", err, works())
	}
	if err := run.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	run.Wait()
	if works() != 2 {
		t.Fatalf("%d folders, want the dead one still there", works())
	}
	second, err := workdir.Make(parent, "work-")
	if err != nil || works() != 2 {
		t.Errorf("%v; %d folders, want my two", err, works())
	}
	for _, d := range []*workdir.Dir{mine, second} {
		if _, err := os.Stat(d.Path); err != nil {
			t.Errorf("a living run's folder: %v", err)
		}
		if err := d.Remove(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(kept); err != nil || works() != 0 {
		t.Errorf("%v; %d folders left", err, works())
	}
}

// TestRunsThatBeginTogether do not remove each other's folders.
func TestRunsThatBeginTogether(t *testing.T) {
	parent := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				d, err := workdir.Make(parent, "work-")
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := os.Stat(d.Path); err != nil {
					t.Error(err)
				}
				if err := d.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestNoFolder(t *testing.T) {
	if _, err := workdir.Make(filepath.Join(t.TempDir(), "gone"), "work-"); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Error(err)
	}
}
