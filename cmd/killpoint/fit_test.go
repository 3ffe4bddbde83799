package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAnUnfitFolderIsRefusedOnce, before the first cell, with the way out.
func TestAnUnfitFolderIsRefusedOnce(t *testing.T) {
	folder := os.Getenv("KILLPOINT_TEST_UNFIT")
	if folder == "" {
		inOwnMounts(t, "KILLPOINT_TEST_UNFIT="+t.TempDir())
		return
	}
	if err := syscall.Mount("tmpfs", folder, "tmpfs", syscall.MS_NOEXEC, "size=1m"); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(folder, "out")
	for _, args := range [][]string{{"run"}, {"repro", oneCell}, {"explore"}, {"soak"}, {"mutants", "no-wake"}} {
		r := runCommand(t, append(args, "--out", out)...)
		refused(t, r, []string{folder, "noexec", "--out names another folder"})
		if strings.Contains(r.stdout+r.stderr, "unknown") {
			t.Errorf("cells were run: %v", r)
		}
		if left := entries(t, out); len(left) != 1 || left[0] != "bin" {
			t.Errorf("left behind: %v", left)
		}
	}
	// A harness's bugs are tried by tests, which are run from the folder for
	// temporary files of the copy.
	refused(t, runCommand(t, "mutants", "--of", "harness", "--out", out), []string{folder, "noexec"})
}

func TestNoTemporaryFiles(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	t.Setenv("TMPDIR", gone)
	refused(t, runCommand(t, "run", "--out", outFolder(t), oneCell), []string{gone, "set TMPDIR"})
}

// TestAFolderWithoutSharedMappings: 9p, say, may have none.
func TestAFolderWithoutSharedMappings(t *testing.T) {
	before := mapShared
	defer func() { mapShared = before }()
	dir := t.TempDir()
	if err := shared(dir); err != nil {
		t.Fatal(err)
	}
	mapShared = func(int, int) ([]byte, error) { return nil, unix.ENODEV }
	if err := shared(dir); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "--out names another folder") {
		t.Errorf("error %v, want one that names the folder and the way out", err)
	}
	if left := entries(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
