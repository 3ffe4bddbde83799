//go:build linux

// Package workdir makes work folders that the next run removes if the run that made them was killed.
//
// A folder is held by a lock (flock) on its file `.held`. The kernel releases the lock when the process that holds it
// ends, in whatever way, so that a folder whose lock is free belongs to nobody. No process number is trusted.
package workdir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// held is the file in a work folder whose lock says that its run is alive.
const held = ".held"

// Dir is a work folder held by this process. It is not safe for concurrent use.
type Dir struct {
	Path string
	lock *os.File
}

// New removes the folders that dead runs left in parent with the same prefix, and makes a new one, held until Remove
// is called or the process ends. parent must exist; prefix must not be empty, because it says which folders are ours.
func New(parent, prefix string) (*Dir, error) {
	if prefix == "" || strings.ContainsRune(prefix, filepath.Separator) {
		return nil, fmt.Errorf("work folder prefix %q: must be a part of a name, and not empty", prefix)
	}
	root, err := lock(parent, syscall.LOCK_EX)
	if err != nil {
		return nil, fmt.Errorf("work folders in %s: %w", parent, err)
	}
	// While the parent is locked nobody else is between making a folder and locking it.
	defer root.Close()
	if err := sweep(parent, prefix); err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(path, held), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = flock(file, syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		file.Close()
		return nil, errors.Join(fmt.Errorf("hold work folder %s: %w", path, err), os.RemoveAll(path))
	}
	return &Dir{Path: path, lock: file}, nil
}

// Remove removes the folder with all that is in it, and then lets go of it.
func (d *Dir) Remove() error {
	return errors.Join(os.RemoveAll(d.Path), d.lock.Close())
}

// sweep removes the folders below parent that nobody holds. A folder without the file is not known to be ours: it stays.
func sweep(parent, prefix string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), prefix) {
			continue
		}
		path := filepath.Join(parent, entry.Name())
		file, err := lock(filepath.Join(path, held), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ELOOP) {
			continue
		}
		if err != nil {
			return fmt.Errorf("work folder %s: %w", path, err)
		}
		err = errors.Join(os.RemoveAll(path), file.Close())
		if err != nil {
			return fmt.Errorf("remove work folder %s of a dead run: %w", path, err)
		}
	}
	return nil
}

func lock(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := flock(file, how); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func flock(file *os.File, how int) error {
	for {
		err := syscall.Flock(int(file.Fd()), how)
		if err != syscall.EINTR {
			return err
		}
	}
}
