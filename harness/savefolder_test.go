package harness_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"killpoint/harness"
)

// TestAFolderIsSavedWholeOrNotAtAll: a writer that fails leaves what was there.
func TestAFolderIsSavedWholeOrNotAtAll(t *testing.T) {
	parent := t.TempDir()
	folder := filepath.Join(parent, "cells", "one")
	write := func(text string, failed error) func(string) error {
		return func(dir string) error {
			return errors.Join(os.WriteFile(filepath.Join(dir, text), []byte(text), 0o600), failed)
		}
	}
	holds := func(want string) {
		t.Helper()
		entries, err := os.ReadDir(folder)
		if err != nil || len(entries) != 1 || entries[0].Name() != want {
			t.Errorf("the folder holds %v, %v; want %s", entries, err, want)
		}
		if beside, err := os.ReadDir(filepath.Dir(folder)); err != nil || len(beside) != 1 {
			t.Errorf("beside it there is %v, %v", beside, err)
		}
	}
	full := errors.New("no space left")
	if err := harness.SaveFolder(folder, write("first", full)); !errors.Is(err, full) {
		t.Errorf("a failed save: %v", err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a folder is there: %v", err)
	}
	if err := harness.SaveFolder(folder, write("first", nil)); err != nil {
		t.Fatal(err)
	}
	holds("first")
	if err := harness.SaveFolder(folder, write("second", full)); !errors.Is(err, full) {
		t.Errorf("a failed save: %v", err)
	}
	holds("first")
	if err := harness.SaveFolder(folder, write("second", nil)); err != nil {
		t.Fatal(err)
	}
	holds("second")
}
