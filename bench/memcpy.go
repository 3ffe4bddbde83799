package bench

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// areaFile is the file of the area that both ends of memcpy-shared map.
const areaFile = "area"

func ownCopyIn(e *endpoint) (work, error) {
	return copyIn(touched(make([]byte, capacity)), e.Size), nil
}

func ownCopyOut(e *endpoint) (work, error) {
	return copyOut(touched(make([]byte, capacity)), e.Size), nil
}

func sharedCopyIn(e *endpoint) (work, error) {
	area, err := mapArea(e.Dir)
	return copyIn(area, e.Size), err
}

func sharedCopyOut(e *endpoint) (work, error) {
	area, err := mapArea(e.Dir)
	return copyOut(area, e.Size), err
}

func mapArea(dir string) ([]byte, error) {
	f, err := os.OpenFile(filepath.Join(dir, areaFile), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	area, err := unix.Mmap(int(f.Fd()), 0, capacity, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return touched(area), nil
}

// touched makes sure that the pages of an area are there.
func touched(area []byte) []byte {
	for i := 0; i < len(area); i += os.Getpagesize() {
		area[i] = 1
	}
	return area
}

func copyIn(area []byte, size int) work {
	msg := make([]byte, size)
	return func(from, to uint64) error {
		at := 0
		for range to - from {
			copy(area[at:at+size], msg)
			if at += size; at+size > len(area) {
				at = 0
			}
		}
		return nil
	}
}

func copyOut(area []byte, size int) work {
	buf := make([]byte, size)
	return func(from, to uint64) error {
		at := 0
		for range to - from {
			copy(buf, area[at:at+size])
			if at += size; at+size > len(area) {
				at = 0
			}
		}
		return nil
	}
}
