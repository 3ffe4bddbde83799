package ring

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A process that is being started has every descriptor of its parent until it
// has executed its program.
func TestCloseGivesTheRoleUpWhoeverHasTheDescriptor(t *testing.T) {
	w, r := bothEnds(t, filepath.Join(t.TempDir(), "ring"))
	for _, f := range []*file{w.file, r.file} {
		copied, err := unix.Dup(int(f.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(copied)
	}
	w.Close()
	r.Close()
	w, err := Attach(w.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r, err = Open(r.Path())
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
}
