package ring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// createMapping makes a new file of the given size, all zero, and maps it. It
// never touches a file that is there already.
func createMapping(path string, size int64) (mem []byte, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("%w: Attach to it, or remove it first", bare(err))
		}
		return nil, bare(err)
	}
	err = f.Truncate(size)
	if err == nil {
		mem, err = mapFile(f, size)
	}
	f.Close()
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return mem, nil
}

// openRing opens an existing file for mapping and returns its size.
func openRing(path string) (*os.File, int64, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		if errors.Is(err, unix.EISDIR) {
			return nil, 0, fmt.Errorf("%w: %w", ErrLayout, bare(err))
		}
		return nil, 0, bare(err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%w: not a regular file but %s", ErrLayout, info.Mode())
	case info.Size() < HeaderSize:
		err = fmt.Errorf("%w: file has %d bytes, a ring has at least %d: its creation was never finished, or it was cut short; remove it and create it again",
			ErrLayout, info.Size(), HeaderSize+MinCapacity)
	case info.Size() > FileSize(MaxCapacity):
		err = fmt.Errorf("%w: file has %d bytes, a ring has at most %d", ErrLayout, info.Size(), FileSize(MaxCapacity))
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func mapFile(f *os.File, size int64) ([]byte, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes: %w", size, err)
	}
	return mem, nil
}

func unmap(mem []byte) error { return unix.Munmap(mem) }

// bare is an error of package os without the path, which callers put first.
func bare(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}
