// Package workdir makes folders for the length of a run, and removes those of
// runs that are dead: what ends by SIGKILL cleans nothing up.
//
//	d, err := workdir.Make("out", "work-")
//	defer d.Remove()
//
// A living run holds a lock on its folder, which the kernel frees at its end,
// however that comes. Where the file system knows no locks, nothing but one's
// own folder is ever removed.
package workdir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A Dir is a folder that this process has made and holds.
type Dir struct {
	Path string
	held *os.File
}

// Make makes a folder below parent, with a name that begins so, after it has
// removed those of dead runs that have names that begin so. The children of the
// process do not inherit the lock.
func Make(parent, prefix string) (*Dir, error) {
	door, err := os.Open(parent)
	if err != nil {
		return nil, err
	}
	defer door.Close()
	// Who is between making a folder and locking it holds the parent.
	unlocked := lock(door, unix.LOCK_EX)
	if unlocked == nil {
		if err := removeDead(parent, prefix); err != nil {
			return nil, err
		}
	}
	path, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return nil, err
	}
	d := &Dir{Path: path}
	if unlocked != nil {
		return d, nil
	}
	if d.held, err = os.Open(path); err == nil {
		err = lock(d.held, unix.LOCK_EX|unix.LOCK_NB)
	}
	if err != nil {
		d.Remove()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return d, nil
}

// Remove removes the folder with all that is in it.
func (d *Dir) Remove() error {
	err := os.RemoveAll(d.Path)
	if d.held != nil {
		d.held.Close()
	}
	return err
}

func removeDead(parent, prefix string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		path := filepath.Join(parent, e.Name())
		held, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // its run has just ended
		}
		if err != nil {
			return err
		}
		if lock(held, unix.LOCK_EX|unix.LOCK_NB) == nil {
			err = os.RemoveAll(path)
		}
		held.Close()
		if err != nil {
			return fmt.Errorf("remove what a run has left that is dead: %w", err)
		}
	}
	return nil
}

func lock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); err != unix.EINTR {
			return err
		}
	}
}
