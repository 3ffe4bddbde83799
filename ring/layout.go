package ring

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Sizes and limits of a ring file, in bytes.
const (
	// HeaderSize is the length of the header; the data area follows it.
	HeaderSize = 4096
	// MinCapacity and MaxCapacity bound the data area. A capacity is also a
	// multiple of 8. The upper bound keeps every length within 30 bits.
	MinCapacity = 64
	MaxCapacity = 1 << 30
	// Version is the layout version that this package reads and writes.
	Version = 1
)

const magic = 0x4b504e54 // "KPNT", the upper half of the ident word

// Byte offsets of the header's words.
const (
	offIdent      = 0
	offCapacity   = 8
	offWrite      = 64
	offCommit     = 72
	offRead       = 128
	offDataAvail  = 192
	offSpaceAvail = 256
)

const (
	recordAlign  = 8
	recordHeader = 4

	// maxIndex is beyond what any ring reaches, 29 years of 10 GB a second, and
	// far enough below 2^64 for no index ever to start again at 0.
	maxIndex = 1 << 63

	flagReady  = 1 << 31
	flagWrap   = 1 << 30
	lengthMask = flagWrap - 1
)

// ident is the word that makes a file a ring: it is the last one that Create
// stores, so that a half-made file is never taken for one.
func ident() uint64 { return magic<<32 | Version }

// FileSize returns the exact length of the file of a ring with the given
// capacity.
func FileSize(capacity int) int64 { return HeaderSize + int64(capacity) }

// MaxMessage returns the longest message, in bytes, that a ring of the given
// capacity can carry: all of the data area but one record header.
func MaxMessage(capacity int) int { return capacity - recordHeader }

// RecordSize returns the room, in bytes, that a message of n bytes takes in the
// data area, header and padding included.
func RecordSize(n int) int { return int(recordSize(n)) }

func recordSize(n int) uint64 {
	return (uint64(n) + recordHeader + recordAlign - 1) &^ (recordAlign - 1)
}

func checkCapacity(capacity uint64) error {
	switch {
	case capacity < MinCapacity || capacity > MaxCapacity:
		return fmt.Errorf("%w: capacity is %d bytes, must be %d to %d", ErrLayout, int64(capacity), MinCapacity, MaxCapacity)
	case capacity%recordAlign != 0:
		return fmt.Errorf("%w: capacity is %d bytes, must be a multiple of %d", ErrLayout, capacity, recordAlign)
	}
	return nil
}

// checkSize decides whether a file of that size can be a ring of any capacity.
func checkSize(size int64) error {
	switch {
	case size == 0:
		return fmt.Errorf("%w: the file is empty: its creation was never finished; remove it and create it again", ErrLayout)
	case size < HeaderSize:
		return fmt.Errorf("%w: file has %d bytes, a ring has at least %d: not a ring, or one that was cut short", ErrLayout, size, HeaderSize+MinCapacity)
	case size > FileSize(MaxCapacity):
		return fmt.Errorf("%w: file has %d bytes, a ring has at most %d", ErrLayout, size, FileSize(MaxCapacity))
	}
	return nil
}

// unfinished reports whether a file is what Create leaves that dies before it has
// stored the magic: empty, or of a size that Create gives and all zero but for
// the capacity, which is that of the size. Anything else belongs to somebody.
// read reads the file at an offset, as io.ReaderAt does.
func unfinished(size int64, read func(p []byte, at int64) (int, error)) (bool, error) {
	if size == 0 {
		return true, nil
	}
	capacity := size - HeaderSize
	if capacity <= 0 || checkCapacity(uint64(capacity)) != nil {
		return false, nil
	}
	buf := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(buf)) {
		part := buf[:min(size-at, int64(len(buf)))]
		if _, err := read(part, at); err != nil {
			return false, err
		}
		if at == 0 {
			word := part[offCapacity:][:8]
			if binary.NativeEndian.Uint64(word) == uint64(capacity) {
				clear(word)
			}
		}
		if len(bytes.Trim(part, "\x00")) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// errUnfinished and errStranger are said of a file without a magic.
var (
	errUnfinished = fmt.Errorf("%w: no magic: its creation was never finished; remove it and create it again", ErrLayout)
	errStranger   = fmt.Errorf("%w: no magic, and not what an unfinished creation leaves: not a ring", ErrLayout)
)

// checkHeader decides whether a file of the given size with these header words
// is a complete ring of this version. read reads the file.
func checkHeader(size int64, id, capacity uint64, read func(p []byte, at int64) (int, error)) error {
	if id>>32 != magic {
		if id != 0 {
			return fmt.Errorf("%w: magic is %#08x, want %#08x: not a ring", ErrLayout, id>>32, uint32(magic))
		}
		left, err := unfinished(size, read)
		switch {
		case err != nil:
			return fmt.Errorf("%w: no magic: %w", ErrLayout, bare(err))
		case left:
			return errUnfinished
		}
		return errStranger
	}
	if v := uint32(id); v != Version {
		return fmt.Errorf("%w: version is %d, this program knows %d", ErrLayout, v, Version)
	}
	if err := checkCapacity(capacity); err != nil {
		return err
	}
	if want := FileSize(int(capacity)); size != want {
		return fmt.Errorf("%w: file has %d bytes, a capacity of %d needs exactly %d", ErrLayout, size, capacity, want)
	}
	return nil
}

// checkIndices decides whether the indices can stand in a ring of this
// capacity. It is asked on opening.
func checkIndices(capacity, write, read uint64) error {
	if read > write || write > maxIndex || write-read > capacity || (write|read)%recordAlign != 0 {
		return fmt.Errorf("%w: write index %d, read index %d, capacity %d", ErrCorrupt, write, read, capacity)
	}
	return nil
}

// checkMoved decides whether the peer's index can be what it is: a multiple of
// 8, not behind where it was seen last, not beyond limit.
func checkMoved(index, seen, limit uint64) error {
	if index-seen > limit-seen || index%recordAlign != 0 {
		return fmt.Errorf("%d, was %d, cannot be beyond %d", index, seen, limit)
	}
	return nil
}

// checkRecord decides whether a header word can start a record that begins at
// the given offset with avail published bytes from there on.
func checkRecord(capacity, offset, avail uint64, header uint32) error {
	tail := capacity - offset
	size := recordSize(int(header & lengthMask))
	switch {
	case header&flagReady == 0:
		return fmt.Errorf("%w: record at offset %d is published but not ready (header %#08x)", ErrCorrupt, offset, header)
	case size > tail || size > avail:
		return fmt.Errorf("%w: record at offset %d takes %d bytes, of which %d are published and %d left in the lap",
			ErrCorrupt, offset, size, avail, tail)
	case header&flagWrap != 0 && offset == 0: // one after the other, they would keep a reader for ever
		return fmt.Errorf("%w: wrap marker at the begin of a lap", ErrCorrupt)
	case header&flagWrap != 0 && size != tail:
		return fmt.Errorf("%w: wrap marker at offset %d takes %d bytes, the lap has %d", ErrCorrupt, offset, size, tail)
	}
	return nil
}
