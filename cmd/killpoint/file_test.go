package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestAResultIsWrittenWholeOrNotAtAll: an error half way leaves the file of
// before, and nothing beside it.
func TestAResultIsWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "result.json")
	say := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error { _, failed := io.WriteString(w, text); return errors.Join(failed, err) }
	}
	if err := writeFile(path, say("first, which is long", nil)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken off")
	if err := writeFile(path, say("half", broken)); !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one that names the file", err)
	}
	if got := read(t, path); got != "first, which is long" {
		t.Errorf("the file holds %q", got)
	}
	// Until the last byte is there, the file of before is.
	if err := writeFile(path, func(w io.Writer) error {
		if got := read(t, path); got != "first, which is long" {
			t.Errorf("meanwhile the file holds %q", got)
		}
		return say("second", nil)(w)
	}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "second" {
		t.Errorf("the file holds %q", got)
	}
	if left := entries(t, dir); !slices.Equal(left, []string{"result.json"}) {
		t.Errorf("left behind: %v", left)
	}
}

// TestHalvesOfDeadWritersAreRemoved, and not those of living ones.
func TestHalvesOfDeadWritersAreRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "result.json")
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	living := halfName(path) + "1"
	for _, half := range []string{halfName(path) + strconv.Itoa(dead.Process.Pid), living} {
		if err := os.WriteFile(half, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeFile(path, func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if left := entries(t, dir); !slices.Equal(left, []string{filepath.Base(living), "result.json"}) {
		t.Errorf("left behind: %v", left)
	}
}

// TestWhatIsNoFileIsWrittenAsItIs: a device stays one, a link stays a link.
func TestWhatIsNoFileIsWrittenAsItIs(t *testing.T) {
	dir := t.TempDir()
	link, file := filepath.Join(dir, "link"), filepath.Join(dir, "file")
	for _, name := range []string{link, filepath.Join(dir, "full"), filepath.Join(dir, "hanging")} {
		if err := os.Symlink(map[string]string{"link": file, "full": "/dev/full", "hanging": "nowhere"}[filepath.Base(name)], name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := func(w io.Writer) error { _, err := io.WriteString(w, "text"); return err }
	if err := writeFile(link, text); err != nil || read(t, file) != "text" {
		t.Errorf("%v; the file holds %q", err, read(t, file))
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if err := writeFile(filepath.Join(dir, "full"), text); err == nil {
		t.Error("a full device took it")
	}
	if err := writeFile(filepath.Join(dir, "hanging"), text); err != nil || read(t, filepath.Join(dir, "hanging")) != "text" {
		t.Error(err)
	}
}
