package ring

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// fuzzCapacity is the capacity that a fuzzer's byte stands for.
func fuzzCapacity(size uint8) int { return 64 + 8*int(size) }

const fuzzMost = 64 + 8*255

// ended is a context that is over.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// FuzzPop has a ring with any indices and any bytes in it, and asks that a
// reader gives what the reference finds there, stores read and the events
// alone, and touches nothing outside.
func FuzzPop(f *testing.F) {
	hello := []byte{5, 0, 0, 0x80, 'h', 'e', 'l', 'l', 'o', 0, 0, 0, 0, 0, 0, 0x80}
	every := []byte{3, 0, 2, 5, 2, 2, 3, 0, 1, 6, 4, 2, 3, 7, 8, 9, 0, 0}
	f.Add(uint8(0), uint64(0), uint64(32), true, hello, every)
	f.Add(uint8(8), uint64(112), uint64(64), true, append([]byte{12, 0, 0, 0xc0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}, hello...), every)
	f.Add(uint8(0), uint64(96), uint64(64), true, []byte{28, 0, 0, 0xc0}, []byte{2, 2, 3, 4})
	f.Add(uint8(0), uint64(0), uint64(64), true, []byte{60, 0, 0, 0xc0}, []byte{0, 2})
	f.Add(uint8(3), uint64(1<<64-8), uint64(88), true, []byte{1, 0, 0, 0x80}, []byte{2, 3, 1, 0})
	f.Add(uint8(0), uint64(0), uint64(8), true, []byte{20, 0, 0, 0x80}, []byte{0, 2, 5})
	f.Add(uint8(3), uint64(7), uint64(1<<40), false, []byte{0xff}, []byte{0})
	a := newArena(f, fuzzMost)
	f.Fuzz(func(t *testing.T, size uint8, read, length uint64, tame bool, data, steps []byte) {
		mem, _, _ := a.fuzzed(t, size, read, length, tame, data)
		r, err := a.open(mem)
		expectVerdict(t, "open", err, refOpens(mem))
		if err != nil {
			return
		}
		n := newNaive(t, a, mem, r)
		n.expectImage()
		for s := script(steps); s.more(); {
			n.step(&s)
			n.expectImage()
		}
		n.drain()
	})
}

// naive is a reader beside what the reference says of the same image.
type naive struct {
	*testing.T
	a       *arena
	mem     []byte
	r       *Reader
	image   []byte // of the arena, as it must be
	records []refRecord
	behind  error
	held    int    // records that are peeked, of those that are left
	read    uint64 // as it must be in the ring
}

func newNaive(t *testing.T, a *arena, mem []byte, r *Reader) *naive {
	n := &naive{T: t, a: a, mem: mem, r: r, image: bytes.Clone(a.base), read: refWord(mem, refRead)}
	n.records, n.behind = refDecode(mem, n.read, refWord(mem, refWrite))
	return n
}

// next is what the next message must be, or the error.
func (n *naive) next() (refRecord, error) {
	for n.held < len(n.records) && n.records[n.held].wrap {
		n.held++
		if n.held == 1 {
			n.release()
		}
	}
	if n.held == len(n.records) {
		return refRecord{}, n.behind
	}
	return n.records[n.held], nil
}

func (n *naive) release() {
	if n.held > 0 {
		n.read = n.records[n.held-1].end
		n.records = n.records[n.held:]
		n.held = 0
	}
}

// expectImage compares the arena, but for the events, with what it must be.
func (n *naive) expectImage() {
	n.Helper()
	begin := len(n.image) - len(n.mem)
	refPut(n.image[begin:], refRead, n.read)
	for _, event := range []int{refData, refSpace} {
		if v := refWord(n.mem, event); v > 1 {
			n.Fatalf("the event at %d is %#x", event, v)
		}
		copy(n.image[begin+event:][:4], n.mem[event:])
	}
	expectBytes(n.T, n.a.base, n.image)
}

func (n *naive) step(s *script) {
	n.Helper()
	switch op := s.next(); op % 10 {
	case 0:
		n.pop(func() ([]byte, error) { return n.r.TryPop(nil) }, ErrEmpty)
	case 1:
		n.pop(func() ([]byte, error) { return n.r.TryPop(make([]byte, op)) }, ErrEmpty)
	case 2:
		n.peek(n.r.TryPeek, ErrEmpty)
	case 3:
		if err := n.r.Release(); err != nil {
			n.Fatal(err)
		}
		n.release()
	case 4:
		n.r.Rewind()
		n.held = 0
	case 5:
		n.pop(func() ([]byte, error) { return n.r.Pop(ended(), nil) }, context.Canceled)
	case 6:
		n.peek(func() ([]byte, error) { return n.r.Peek(ended()) }, context.Canceled)
	case 7:
		n.succeed()
	default:
		n.messages(int(op / 10))
	}
}

// pop and peek compare one call with the reference; empty is the error of a
// call that finds nothing and holds nothing.
func (n *naive) pop(call func() ([]byte, error), empty error) {
	n.Helper()
	got, err := call()
	if n.held > 0 {
		expectVerdict(n.T, "pop with messages held", err, ErrOrder)
		return
	}
	if n.expect(got, err, empty) {
		n.held++
		n.release()
	}
}

func (n *naive) peek(call func() ([]byte, error), empty error) {
	n.Helper()
	if n.held > 0 {
		empty = ErrEmpty
	}
	got, err := call()
	if n.expect(got, err, empty) {
		n.held++
		if !within(n.mem, got) || len(got) != cap(got) {
			n.Fatal("what was peeked is not what lies in the ring, and no more")
		}
	}
}

func (n *naive) expect(got []byte, err, empty error) (ok bool) {
	n.Helper()
	want, wantErr := n.next()
	if wantErr == ErrEmpty {
		wantErr = empty
	}
	if !errors.Is(err, wantErr) || !bytes.Equal(got, want.body) {
		n.Fatalf("got %x, %v; want %x, %v", got, err, want.body, wantErr)
	}
	return err == nil
}

// messages ranges over so many messages, with a break after them.
func (n *naive) messages(most int) {
	n.Helper()
	if n.held > 0 {
		for _, err := range n.r.Messages(ended()) {
			expectVerdict(n.T, "Messages with messages held", err, ErrOrder)
		}
		return
	}
	for got, err := range n.r.Messages(ended()) {
		if !n.expect(got, err, context.Canceled) {
			return
		}
		n.expectImage()
		n.held++
		n.release()
		if most--; most < 0 {
			return
		}
	}
}

// succeed has another reader take over.
func (n *naive) succeed() {
	n.Helper()
	r, err := n.a.open(n.mem)
	if err != nil {
		n.Fatalf("a successor: %v", err)
	}
	n.r, n.held = r, 0
}

// drain takes all that is left.
func (n *naive) drain() {
	n.Helper()
	n.r.Rewind()
	n.held = 0
	for {
		got, err := n.r.TryPop(nil)
		if !n.expect(got, err, ErrEmpty) {
			break
		}
		n.held++
		n.release()
	}
	n.expectImage()
}
