package ring

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// reserve gives an empty file size bytes that the file system has set aside, so
// that a full one is an error now and not a SIGBUS later.
func reserve(f *os.File, size int64) error {
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS):
			return fill(f, size)
		case err != nil:
			return fmt.Errorf("reserve %d bytes: %w", size, err)
		}
		return nil
	}
}

// populate has every page of the mapping in place, writable, before it is used.
// Huge pages are asked for where the file system can give them.
func populate(mem []byte) error {
	_ = unix.Madvise(mem, unix.MADV_HUGEPAGE) // most file systems have none
	err := unix.Madvise(mem, unix.MADV_POPULATE_WRITE)
	if errors.Is(err, unix.EINVAL) { // before Linux 5.14
		touch(mem)
		return nil
	}
	if errors.Is(err, unix.EFAULT) {
		return fmt.Errorf("populate %d bytes: %w", len(mem), ErrTruncated)
	}
	if err != nil {
		return fmt.Errorf("populate %d bytes: %w", len(mem), err)
	}
	return nil
}
