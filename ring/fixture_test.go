package ring_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"killpoint/ring"
)

// Offsets of the header's words, written down a second time on purpose: a test
// that took them from the package would follow it when it moves one.
const (
	atIdent      = 0
	atCapacity   = 8
	atWrite      = 64
	atCommit     = 72
	atRead       = 128
	atDataAvail  = 192
	atSpaceAvail = 256
	atData       = 4096
)

const (
	ready = 1 << 31
	wrap  = 1 << 30
)

// fixture is one ring file with both of its ends, each on its own mapping.
type fixture struct {
	*testing.T
	path   string
	w      *ring.Writer
	r      *ring.Reader
	serial int
}

func newRing(t *testing.T, capacity int, opts ...ring.Option) *fixture {
	t.Helper()
	f := &fixture{T: t, path: filepath.Join(t.TempDir(), "test.ring")}
	var err error
	if f.w, err = ring.Create(f.path, capacity, opts...); err != nil {
		t.Fatal(err)
	}
	if f.r, err = ring.Open(f.path, opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.w.Close(); f.r.Close() })
	return f
}

// message returns n bytes that differ from those of every other message of
// this ring, and from stale ones.
func (f *fixture) message(n int) []byte {
	f.serial++
	return message(n, f.serial)
}

func message(n, serial int) []byte {
	msg := make([]byte, n)
	for i := range msg {
		msg[i] = byte(serial*37 + i*11 + i>>8 + 1)
	}
	return msg
}

func (f *fixture) push(msg []byte) {
	f.Helper()
	if err := f.w.TryPush(msg); err != nil {
		f.Fatalf("TryPush of %d bytes: %v", len(msg), err)
	}
}

func (f *fixture) pop(want []byte) {
	f.Helper()
	got, err := f.r.TryPop(nil)
	if err != nil {
		f.Fatalf("TryPop of a message of %d bytes: %v", len(want), err)
	}
	f.same(got, want)
}

func (f *fixture) same(got, want []byte) {
	f.Helper()
	if !bytes.Equal(got, want) {
		f.Fatalf("message came out as %s, went in as %s", brief(got), brief(want))
	}
}

func brief(msg []byte) string { return fmt.Sprintf("%d bytes %.16x", len(msg), msg) }

// pushInTwoSteps pushes into an empty ring, where the documented second try,
// after a pop that finds nothing, has room for whatever the ring can carry.
func (f *fixture) pushInTwoSteps(msg []byte) {
	f.Helper()
	err := f.w.TryPush(msg)
	if err == ring.ErrFull {
		f.expectEmpty()
		err = f.w.TryPush(msg)
	}
	if err != nil {
		f.Fatalf("TryPush of %d bytes into an empty ring of %d: %v", len(msg), f.w.Capacity(), err)
	}
}

func (f *fixture) expectEmpty() {
	f.Helper()
	if got, err := f.r.TryPop(nil); err != ring.ErrEmpty {
		f.Fatalf("TryPop = %s, %v; want ErrEmpty", brief(got), err)
	}
}

func (f *fixture) expectFull(msg []byte) {
	f.Helper()
	if err := f.w.TryPush(msg); err != ring.ErrFull {
		f.Fatalf("TryPush of %d bytes = %v, want ErrFull", len(msg), err)
	}
}

// fill pushes empty messages until the ring has no room left, and returns how
// many.
func (f *fixture) fill() (n int) {
	f.Helper()
	for {
		switch err := f.w.TryPush(nil); err {
		case nil:
			n++
		case ring.ErrFull:
			return n
		default:
			f.Fatal(err)
		}
	}
}

// advance moves the indices of an empty ring to the given offset in the lap.
func (f *fixture) advance(offset int) {
	f.Helper()
	for f.word64(atWrite)%uint64(f.w.Capacity()) != uint64(offset) {
		f.push(nil)
		f.pop(nil)
	}
}

func (f *fixture) word64(at int64) uint64 {
	f.Helper()
	return binary.NativeEndian.Uint64(f.bytesAt(at, 8))
}

func (f *fixture) word32(at int64) uint32 {
	f.Helper()
	return binary.NativeEndian.Uint32(f.bytesAt(at, 4))
}

func (f *fixture) bytesAt(at int64, n int) []byte {
	f.Helper()
	file, err := os.Open(f.path)
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	b := make([]byte, n)
	if _, err := file.ReadAt(b, at); err != nil {
		f.Fatal(err)
	}
	return b
}

func (f *fixture) set64(at int64, v uint64) {
	f.Helper()
	poke(f.T, f.path, at, binary.NativeEndian.AppendUint64(nil, v))
}

func (f *fixture) set32(at int64, v uint32) {
	f.Helper()
	poke(f.T, f.path, at, binary.NativeEndian.AppendUint32(nil, v))
}

// poke changes bytes of a ring file behind the back of its ends.
func poke(t *testing.T, path string, at int64, b []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		_, err = file.WriteAt(b, at)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func image(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func expectImage(t *testing.T, path string, want []byte) {
	t.Helper()
	got := image(t, path)
	if len(got) != len(want) {
		t.Fatalf("the file has %d bytes now, had %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("byte %d of the file is %#02x now, was %#02x", i, got[i], want[i])
		}
	}
}
