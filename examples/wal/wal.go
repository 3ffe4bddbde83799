// Package wal is a write-ahead log in a mapped file, and an example: a program
// that is crash-tested from outside, at points that it names itself.
//
// The file is how many bytes of records there are, in 8 bytes, then the records,
// each behind its length in 4. A record is there once that first number covers
// it, so Append stores the record first.
package wal

import (
	"encoding/binary"
	"os"
	"syscall"
)

// Sites are the points at which a process can be made to die, in the order in
// which Append passes them.
var Sites = []string{"before-length", "before-body", "before-end", "after-end"}

// Mark is called at each site. In what ships it does nothing.
var Mark = func(site string) {}

// A Log is the mapped file. One goroutine of one process at a time may use it.
type Log []byte

const size, header, prefix = 4096, 8, 4

// Open opens a log, or makes one. It stays mapped as long as the process lives.
func Open(path string) (Log, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		return nil, err
	}
	return syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
}

// Append puts a record at the end of the log. Without room for it the error is
// syscall.ENOSPC.
func (l Log) Append(record string) error {
	slot := l[l.end():]
	if len(slot) < prefix+len(record) {
		return syscall.ENOSPC
	}
	Mark("before-length")
	binary.LittleEndian.PutUint32(slot, uint32(len(record)))
	Mark("before-body")
	copy(slot[prefix:], record)
	Mark("before-end")
	binary.LittleEndian.PutUint64(l, uint64(l.end()-header+prefix+len(record)))
	Mark("after-end")
	return nil
}

// Records returns the records, oldest first.
func (l Log) Records() (records []string) {
	for rest := l[header:l.end()]; len(rest) >= prefix; {
		n := min(prefix+int(binary.LittleEndian.Uint32(rest)), len(rest))
		records = append(records, string(rest[prefix:n]))
		rest = rest[n:]
	}
	return records
}

func (l Log) end() int { return header + int(binary.LittleEndian.Uint64(l)) }
