package ring

import (
	"fmt"
	"os"
)

// fill is reserve for file systems that can only be asked by writing.
func fill(f *os.File, size int64) error {
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(size-at, int64(len(zeros)))], at); err != nil {
			return fmt.Errorf("reserve %d bytes: %w", size, bare(err))
		}
	}
	return nil
}

// touch writes to every page without changing it, also beside a live peer.
func touch(mem []byte) {
	for at := 0; at < len(mem); at += os.Getpagesize() {
		word32(mem, at).Or(0)
	}
}
