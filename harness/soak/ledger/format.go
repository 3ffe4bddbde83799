package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// An ID names a message: the life of the writer that sent it, counted from 1,
// and its number within that life, counted from 1. The zero ID is no message.
type ID uint64

const (
	numberBits = 40
	lastBit    = 63
	goingBit   = 62 // of a word that holds an id: see Inbox.LettingGo
)

// NewID returns the id of a message.
func NewID(life int, number uint64) ID { return ID(uint64(life)<<numberBits | number) }

// Life is the life of the writer.
func (id ID) Life() int { return int(id.plain() >> numberBits) }

// Number is the number within that life.
func (id ID) Number() uint64 { return uint64(id) & (1<<numberBits - 1) }

// Last marks the message as the very last one: its writer has finished.
func (id ID) Last() ID { return id | 1<<lastBit }

// IsLast reports whether it is so marked.
func (id ID) IsLast() bool { return id>>lastBit != 0 }

// plain is the id without marks: only such ids can be compared.
func (id ID) plain() ID { return id &^ (1<<lastBit | 1<<goingBit) }

// String is "3:17" for message 17 of life 3.
func (id ID) String() string { return fmt.Sprintf("%d:%d", id.Life(), id.Number()) }

// MarshalText writes it so.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// Shortest is the length of the shortest message, in bytes: its id alone.
const Shortest = 8

// Format makes messages of ids.
type Format struct {
	Seed uint64
	// Longest is the length of the longest message in bytes, at least Shortest.
	Longest int
}

// usual bounds the length of most messages, so that there are always several in
// a ring that has room for a long one.
const usual = 64

// Length is that of the message, in bytes.
func (f Format) Length(id ID) int {
	h := mix(f.Seed ^ uint64(id.plain()))
	longest := f.Longest
	if h&3 != 0 {
		longest = min(longest, usual)
	}
	return Shortest + int((h>>8)%uint64(longest-Shortest+1))
}

// Write writes the message to body, which has its length.
func (f Format) Write(id ID, body []byte) {
	binary.LittleEndian.PutUint64(body, uint64(id))
	state := mix(f.Seed + uint64(id))
	rest := body[Shortest:]
	for len(rest) >= 8 {
		state = state*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
		binary.LittleEndian.PutUint64(rest, state)
		rest = rest[8:]
	}
	for i := range rest {
		rest[i] = byte(state >> (8 * i))
	}
}

// Append appends the message to buf.
func (f Format) Append(buf []byte, id ID) []byte {
	from := len(buf)
	buf = append(buf, make([]byte, f.Length(id))...)
	f.Write(id, buf[from:])
	return buf
}

// Read returns the id of a message that is what was sent, byte for byte. It
// builds that message in scratch, which has room for the longest.
func (f Format) Read(msg, scratch []byte) (ID, error) {
	if len(msg) < Shortest {
		return 0, fmt.Errorf("a message of %d bytes, none is shorter than %d", len(msg), Shortest)
	}
	id := ID(binary.LittleEndian.Uint64(msg))
	if want := f.Length(id); len(msg) != want {
		return 0, fmt.Errorf("message %v has %d bytes, %d were sent", id, len(msg), want)
	}
	want := scratch[:len(msg)]
	f.Write(id, want)
	if !bytes.Equal(msg, want) {
		for i := range msg {
			if msg[i] != want[i] {
				return 0, fmt.Errorf("message %v of %d bytes is not what was sent: byte %d is %#02x, was %#02x", id, len(msg), i, msg[i], want[i])
			}
		}
		return 0, fmt.Errorf("message %v of %d bytes changes while it is looked at", id, len(msg))
	}
	return id, nil
}

// mix is the finalizer of SplitMix64: each bit of x changes half of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
