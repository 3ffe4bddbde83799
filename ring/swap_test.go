package ring

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// swap puts a stranger's file in the place of what is at the path.
func swap(t *testing.T, path string) {
	t.Helper()
	other := path + ".stranger"
	if err := os.WriteFile(other, []byte("a stranger's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
}

func expectStranger(t *testing.T, path string) {
	t.Helper()
	if text, err := os.ReadFile(path); err != nil || string(text) != "a stranger's" {
		t.Errorf("the stranger's file holds %q, %v", text, err)
	}
}

// closedRing makes a ring and closes it.
func closedRing(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ring")
	w, err := Create(path, 64)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A file that is swapped after it was opened and before its role is taken is not
// the one that anybody else will open.
func TestAFileReplacedBetweenOpeningAndLockingIsRefused(t *testing.T) {
	for name, roles := range map[string][]role{"writer": {writerRole}, "reader": {readerRole}, "both": {writerRole, readerRole}} {
		t.Run(name, func(t *testing.T) {
			path := closedRing(t)
			f, err := openFile(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			swap(t, path)
			if err := f.take(roles...); !errors.Is(err, ErrReplaced) {
				t.Errorf("taking its role: %v, want ErrReplaced", err)
			}
		})
	}
}

// What is at the path just before the rename may be a stranger's. The fresh ring
// goes then, whatever has become of it.
func TestWithReplaceLeavesAFileSwappedBeforeTheRenameAlone(t *testing.T) {
	for name, harm := range map[string]func(fresh string) error{
		"fresh ring whole":     func(string) error { return nil },
		"fresh ring cut short": func(fresh string) error { return os.Truncate(fresh, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			path := closedRing(t)
			fresh := path + freshSuffix
			old, err := claim(path)
			if err != nil {
				t.Fatal(err)
			}
			defer old.Close()
			w, err := create(fresh, path, 64, settings{})
			if err == nil {
				err = harm(fresh)
			}
			if err != nil {
				t.Fatal(err)
			}
			swap(t, path)
			if err := w.succeed(old); !errors.Is(err, ErrReplaced) {
				t.Errorf("taking its place: %v, want ErrReplaced", err)
			}
			expectStranger(t, path)
			if _, err := os.Lstat(fresh); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the fresh ring is still there: %v", err)
			}
			if err := w.TryPush(nil); err != ErrClosed {
				t.Errorf("the fresh ring is still open: %v", err)
			}
		})
	}
}

// What is removed is this file and no other, and only if that can be known.
func TestOnlyItsOwnFileIsRemoved(t *testing.T) {
	path := closedRing(t)
	f, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	swap(t, path)
	if err := f.remove(); !errors.Is(err, ErrReplaced) {
		t.Errorf("removing a file that was swapped: %v, want ErrReplaced", err)
	}
	expectStranger(t, path)
	f.abs = filepath.Join(path, "below a file")
	if err := f.remove(); !errors.Is(err, unix.ENOTDIR) {
		t.Errorf("removing at a path that cannot be looked at: %v, want ENOTDIR", err)
	}
	if err := f.check(); err != nil {
		t.Errorf("a path that cannot be looked at is held against the file: %v", err)
	}
}

// The bytes that are locked are part of the format: two builds that lock others
// would both be writer.
func TestTheLockedBytesAreThoseOfTheIndices(t *testing.T) {
	path := closedRing(t)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set := func(kind int16, start, length int64) {
		t.Helper()
		l := unix.Flock_t{Type: kind, Start: start, Len: length}
		if err := unix.FcntlFlock(f.Fd(), ofdSetLock, &l); err != nil {
			t.Fatal(err)
		}
	}
	joins := map[int64]func() error{
		64: func() error {
			w, err := Attach(path)
			if err == nil {
				err = w.Close()
			}
			return err
		},
		128: func() error {
			r, err := Open(path)
			if err == nil {
				err = r.Close()
			}
			return err
		},
	}
	for at, join := range joins {
		set(unix.F_WRLCK, at, 1)
		for other, join2 := range joins {
			if err := join2(); errors.Is(err, ErrBusy) != (at == other) {
				t.Errorf("byte %d is locked, who needs byte %d gets %v", at, other, err)
			}
		}
		set(unix.F_UNLCK, at, 1)
		set(unix.F_WRLCK, 0, at) // all but this one byte
		set(unix.F_WRLCK, at+1, 0)
		if err := join(); err != nil {
			t.Errorf("all but byte %d are locked: %v", at, err)
		}
		set(unix.F_UNLCK, 0, 0)
	}
}
