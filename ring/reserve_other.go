//go:build !linux

package ring

import "os"

// reserve gives an empty file size bytes that the file system has set aside.
func reserve(f *os.File, size int64) error { return fill(f, size) }

// populate has every page of the mapping in place before it is used.
func populate(mem []byte) error {
	touch(mem)
	return nil
}
