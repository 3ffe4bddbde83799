package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// fit reports why cells cannot be run in a folder for results, if they cannot:
// each of them would be unknown, for a reason that one refusal can name. The
// children are run from bin, and the rings are mapped in work.
func (b *base) fit() error {
	if err := executable(b.bin); err != nil {
		return err
	}
	if err := shared(b.work); err != nil {
		return err
	}
	return temporary()
}

// executable reports that programs below a folder cannot be run.
func executable(folder string) error {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return fmt.Errorf("look at the file system of %s: %w", folder, err)
	}
	if s.Flags&unix.ST_NOEXEC != 0 {
		return fmt.Errorf("no program can be run from %s: its file system is mounted noexec; --out names another folder", folder)
	}
	return nil
}

// shared reports that a folder has no files that two processes can map and both
// write to, as rings are.
func shared(folder string) error {
	path := filepath.Join(folder, "map")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return elsewhere(err, folder)
	}
	defer os.Remove(path)
	defer f.Close()
	size := os.Getpagesize()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(size)); err == unix.ENOSPC || err == unix.EDQUOT {
		return fmt.Errorf("%s is full; --out names another folder: %w", folder, err)
	}
	if err := f.Truncate(int64(size)); err != nil {
		return elsewhere(err, folder)
	}
	mapped, err := mapShared(int(f.Fd()), size)
	if err != nil {
		return fmt.Errorf("no file in %s can be mapped by two processes, as a ring must be; --out names another folder, such as one in /dev/shm: %w", folder, err)
	}
	return unix.Munmap(mapped)
}

// mapShared is a variable for the tests: no file system that a test can mount
// refuses it.
var mapShared = func(fd, size int) ([]byte, error) {
	return unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

// temporary reports that the folder for temporary files, which the go tool needs,
// is not there or may not be written to.
func temporary() error {
	folder := os.TempDir()
	probe, err := os.MkdirTemp(folder, "killpoint-probe-")
	if err != nil {
		return fmt.Errorf("no temporary file can be made in %s; set TMPDIR to a folder that may be written to: %w", folder, err)
	}
	return os.Remove(probe)
}
