package ring

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// What a ring file means, written down a second time and as plainly as can be:
// no constant and no check here comes from the package.

const (
	refWrite  = 64
	refCommit = 72
	refRead   = 128
	refData   = 192
	refSpace  = 256
	refHeader = 4096
)

func refWord(image []byte, at int) uint64 { return binary.NativeEndian.Uint64(image[at:]) }

func refPut(image []byte, at int, v uint64) { binary.NativeEndian.PutUint64(image[at:], v) }

// refOpens is the error that opening an image must end with.
func refOpens(image []byte) error {
	if len(image) < refHeader || refWord(image, 0) != 0x4b504e54<<32|1 {
		return ErrLayout
	}
	capacity := refWord(image, 8)
	if capacity < 64 || capacity > 1<<30 || capacity%8 != 0 || uint64(len(image)) != refHeader+capacity {
		return ErrLayout
	}
	write, read := refWord(image, refWrite), refWord(image, refRead)
	if write%8 != 0 || read%8 != 0 || write < read || write > read+capacity || write > 1<<63 {
		return ErrCorrupt
	}
	return nil
}

// refRecord is a record of a ring, end its place in the stream of bytes.
type refRecord struct {
	end  uint64
	wrap bool
	body []byte
}

// refDecode returns the records in an image between two indices, and what is
// behind them: ErrEmpty, or ErrCorrupt if what stands there is no record.
func refDecode(image []byte, from, to uint64) (records []refRecord, behind error) {
	data := image[refHeader:]
	for from != to {
		offset := int(from % uint64(len(data)))
		header := binary.NativeEndian.Uint32(data[offset:])
		ready, wrap, length := header>>31 == 1, header>>30&1 == 1, int(header&0x3fffffff)
		size := 4 + length
		for size%8 != 0 {
			size++
		}
		rest := len(data) - offset
		switch {
		case !ready, size > rest, uint64(size) > to-from:
			return records, ErrCorrupt
		case wrap && (size != rest || offset == 0):
			return records, ErrCorrupt
		}
		from += uint64(size)
		rec := refRecord{end: from, wrap: wrap}
		if !wrap {
			rec.body = bytes.Clone(data[offset+4 : offset+4+length])
		}
		records = append(records, rec)
	}
	return records, ErrEmpty
}

// refImage makes the image of a ring: its data area holds data from where the
// oldest record begins, over and over.
func refImage(mem []byte, write, read uint64, data []byte) {
	refPut(mem, 0, 0x4b504e54<<32|1)
	refPut(mem, 8, uint64(len(mem)-refHeader))
	refPut(mem, refWrite, write)
	refPut(mem, refCommit, write)
	refPut(mem, refRead, read)
	area := mem[refHeader:]
	begin := int(read % uint64(len(area)))
	for i := range area {
		if len(data) > 0 {
			area[(begin+i)%len(area)] = data[i%len(data)]
		}
	}
}

// plausible makes indices that a ring may have of any two numbers.
func plausible(read, length uint64, capacity int) (uint64, uint64) {
	return read >> 1 &^ 7, length % uint64(capacity+8) &^ 7
}

// fuzzed is a ring of what a fuzzer has chosen, with the indices that it has
// then: tame ones are such as a ring may have.
func (a *arena) fuzzed(t *testing.T, size uint8, read, length uint64, tame bool, data []byte) (mem []byte, from, held uint64) {
	mem = a.ring(t, fuzzCapacity(size))
	if tame {
		read, length = plausible(read, length, fuzzCapacity(size))
	}
	refImage(mem, read+length, read, data)
	return mem, read, length
}

// script is what a fuzzer has chosen to happen, byte by byte.
type script []byte

func (s *script) more() bool { return len(*s) > 0 }

// next is the next byte, 0 at the end.
func (s *script) next() byte {
	if !s.more() {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return b
}

// expectBytes compares two images.
func expectBytes(t *testing.T, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("byte %d of the arena is %#02x, want %#02x", i, got[i], want[i])
		}
	}
}
