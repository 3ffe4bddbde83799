//go:build linux

package workdir

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// holder is the environment variable that makes this test binary hold a folder below its value until it is killed.
const holder = "WORKDIR_TEST_HOLDER"

func TestMain(m *testing.M) {
	if parent := os.Getenv(holder); parent != "" {
		dir, err := New(parent, "work-")
		if err != nil {
			os.Stdout.WriteString(err.Error())
			os.Exit(1)
		}
		os.Stdout.WriteString(".")
		os.Stdin.Read(make([]byte, 1)) // Until the parent kills it or ends.
		_ = dir
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestOnlyFoldersOfDeadRunsAreRemoved(t *testing.T) {
	parent := t.TempDir()
	for _, name := range []string{"work-stranger", "other"} {
		if err := os.Mkdir(filepath.Join(parent, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(parent, "other", held), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), holder+"="+parent)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if said := make([]byte, 1); true {
		if _, err := out.Read(said); err != nil || said[0] != '.' {
			t.Fatalf("the holder says %q, %v", said, err)
		}
	}
	mine, err := New(parent, "work-")
	if err != nil {
		t.Fatal(err)
	}
	if got := count(t, parent); got != 4 {
		t.Errorf("while both runs live: %d folders, want 4", got)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	next, err := New(parent, "work-")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mine.Path); err != nil {
		t.Errorf("the folder of a living run was removed: %v", err)
	}
	if got := count(t, parent); got != 4 {
		t.Errorf("after one run was killed and one begun: %d folders, want 4", got)
	}
	for _, dir := range []*Dir{mine, next} {
		if err := dir.Remove(); err != nil {
			t.Error(err)
		}
	}
	if got := count(t, parent); got != 2 {
		t.Errorf("at the end: %d folders, want the 2 that were never ours", got)
	}
}

func count(t *testing.T, parent string) int {
	t.Helper()
	entries, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
