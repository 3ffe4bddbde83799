package ring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
)

// FuzzHostilePeer runs one end while the other one stores words and bytes of
// its choice between the operations and, in a build with the tag markhook, in
// the middle of them; it also cuts the file short and extends it again. Every
// operation must end, with nil or with an error that it documents, and store
// within what it owns.
func FuzzHostilePeer(f *testing.F) {
	hello := []byte{5, 0, 0, 0x80, 'h', 'e', 'l', 'l', 'o', 0, 0, 0, 0, 0, 0, 0x80}
	for _, role := range []uint8{0, 1, 2, 3} {
		f.Add(role, uint8(0), uint64(0), uint64(32), hello, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
		f.Add(role, uint8(9), uint64(112), uint64(96), hello, []byte{1, 128, 3, 4, 1, 132, 0, 9, 2, 129, 5, 1, 8, 133, 2, 77, 8, 40, 3, 9})
		f.Add(role, uint8(255), uint64(0), uint64(800), hello, []byte{0, 20, 134, 0, 0, 0, 20, 1, 30, 3, 134, 9, 0, 0, 50, 5, 60, 134, 1, 2, 9, 90, 8, 9})
		f.Add(role, uint8(2), uint64(800), uint64(0), hello, []byte{1, 5, 5, 136, 1, 1, 128, 1, 2, 135, 1, 1, 131, 2, 3, 1, 9, 8, 130, 1, 1, 8, 2})
		f.Add(role, uint8(0), uint64(80), uint64(0), hello, []byte{9, 99, 128, 6, 6, 9, 99, 135, 6, 6, 129, 4, 1, 0, 0, 5, 130, 5, 0, 133, 20, 200, 7})
		f.Add(role, uint8(0), uint64(80), uint64(0), hello, []byte{6, 100, 137, 0, 0, 137, 0, 0, 137, 0, 0, 129, 7, 0, 0, 128, 2, 4, 0})
	}
	a := newArena(f, fuzzMost)
	f.Fuzz(func(t *testing.T, role, size uint8, read, length uint64, data, steps []byte) {
		mem := a.ring(t, fuzzCapacity(size))
		read, length = plausible(read, length, fuzzCapacity(size))
		refImage(mem, read+length, read, data)
		if refOpens(mem) != nil {
			return
		}
		opts := []Option{WithPollInterval(MinPoll)}
		if role&2 != 0 {
			opts = append(opts, WithStallTimeout(1))
		}
		h := &hostile{T: t, a: a, mem: mem, opts: opts, script: steps, size: len(a.base)}
		h.shadow = bytes.Clone(a.base)
		h.writes, h.reads = []uint64{read + length}, []uint64{read}
		if atMarks(h.atMark) {
			defer atMarks(nil)
		}
		if role&1 == 0 {
			h.runReader()
		} else {
			h.runWriter()
		}
	})
}

// hostile is the peer of one end, and what checks that end.
type hostile struct {
	*testing.T
	a      *arena
	mem    []byte
	opts   []Option
	script script

	size   int    // of the file
	cut    bool   // the file has been shorter
	shadow []byte // the arena with the peer's stores alone
	// writes and reads are all values that the indices have had.
	writes, reads []uint64

	pos    func() uint64      // where the end stands
	wrong  func() string      // what is wrong with that, at any time
	cancel context.CancelFunc // of the operation that is under way
	waits  int
}

// atMark is the peer's turn in the middle of an operation. A wait that goes on
// and on is given up.
func (h *hostile) atMark(site Site) {
	if site == WriterBeforeSpaceWait || site == ReaderBeforeDataWait {
		if h.waits++; h.waits > 3 && h.cancel != nil {
			h.cancel()
		}
	}
	if wrong := h.wrong(); wrong != "" {
		h.Errorf("at %s: %s", site, wrong)
	}
	if h.script.more() && h.script[0] >= 128 {
		h.act()
	}
}

// context is one that is over at once, or, if the peer has its turns while the
// end waits, soon.
func (h *hostile) context() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	if h.cancel, h.waits = cancel, 0; !atMarks(h.atMark) {
		cancel()
	}
	return ctx
}

// act is what the peer does, from the script.
func (h *hostile) act() {
	kind, mode, arg := h.script.next()-128, h.script.next(), h.script.next()
	capacity := uint64(len(h.mem) - refHeader)
	here := refHeader + int(h.pos()%capacity)
	switch kind % 10 {
	case 0:
		h.store64(refWrite, h.index(mode, arg))
	case 1:
		h.store64(refRead, h.index(mode, arg))
	case 2:
		h.store32(refData, uint32(arg%3))
	case 3:
		h.store32(refSpace, uint32(arg%3))
	case 4:
		h.store32(here, h.header(mode, arg))
	case 5:
		h.store32(refHeader+int(arg)*8%int(capacity), h.header(mode, arg))
	case 6:
		h.truncate(int(mode) % 16)
	case 7:
		h.store64(8*int(mode%8), uint64(arg)<<(mode%60))
	case 8:
		h.store32(4*int(mode), uint32(arg)<<(mode%30)) // any word of the header
	default: // nothing: the next turn comes at the next site
	}
	if h.reaches(refWrite) {
		h.writes = append(h.writes, refWord(h.mem, refWrite))
	}
	if h.reaches(refRead) { // it may be on the next page
		h.reads = append(h.reads, refWord(h.mem, refRead))
	}
}

// index is one near the end's own, or far out.
func (h *hostile) index(mode, arg byte) uint64 {
	capacity := uint64(len(h.mem) - refHeader)
	near := h.pos()
	switch mode % 8 {
	case 0:
		return near + uint64(arg)*8
	case 1:
		return near - uint64(arg)*8
	case 2:
		return near + uint64(arg)
	case 3:
		return near + capacity - uint64(arg)*8
	case 4:
		return near - near%capacity + capacity*uint64(arg%3)
	case 5:
		return 1<<(arg%64) - uint64(mode>>3)
	case 6:
		return near + capacity + uint64(arg)
	}
	return near
}

// header is one of a record that fits, or does not quite, or not at all.
func (h *hostile) header(mode, arg byte) uint32 {
	capacity := len(h.mem) - refHeader
	length := []int{int(arg), capacity - 4 - int(arg), capacity - int(h.pos()%uint64(capacity)) - 4, 1<<30 - 1 - int(arg)}[mode>>2%4]
	return uint32(mode&3)<<30 | uint32(length)&(1<<30-1)
}

func (h *hostile) shadowRing() []byte { return h.shadow[len(h.shadow)-len(h.mem):] }

// reaches reports whether the file still has the words at a place of the ring.
func (h *hostile) reaches(at int) bool { return len(h.a.base)-len(h.mem)+at+8 <= h.size }

func (h *hostile) store64(at int, v uint64) {
	if at &^= 7; h.reaches(at) {
		word64(h.mem, at).Store(v)
		refPut(h.shadowRing(), at, v)
	}
}

func (h *hostile) store32(at int, v uint32) {
	if at &^= 3; h.reaches(at &^ 7) {
		word32(h.mem, at).Store(v)
		copy(h.shadowRing()[at:], h.mem[at:at+4])
	}
}

// truncate gives the file so many pages, or all of them.
func (h *hostile) truncate(pages int) {
	size := min(pages*os.Getpagesize(), len(h.a.base))
	if h.a.file.Truncate(int64(size)) != nil {
		return
	}
	clear(h.shadow[min(size, h.size):])
	h.cut, h.size = h.cut || size < h.size, size
}

// expectError checks that an operation ends as it says.
func (h *hostile) expectError(op byte, err error, documented ...error) {
	h.Helper()
	if err == nil {
		return
	}
	documented = append(documented, ErrCorrupt, ErrOrder)
	if h.cut {
		documented = append(documented, ErrTruncated, ErrUnreachable)
	}
	if !slices.ContainsFunc(documented, func(want error) bool { return errors.Is(err, want) }) {
		h.Fatalf("operation %d: %v", op, err)
	}
}

// expectImage compares all that the end may not store to with what the peer
// has made of it, once the ranges that the end owns are taken over.
func (h *hostile) expectImage(owned ...[2]int) {
	h.Helper()
	begin := len(h.a.base) - len(h.mem)
	for _, o := range append(owned, [2]int{refData, refData + 4}, [2]int{refSpace, refSpace + 4}) {
		if from, to := begin+o[0], min(begin+o[1], h.size); from < to {
			copy(h.shadow[from:to], h.a.base[from:to])
		}
	}
	expectBytes(h.T, h.a.base[:h.size], h.shadow[:h.size])
}

func (h *hostile) standReader(r *Reader) {
	capacity := uint64(len(h.mem) - refHeader)
	h.pos = func() uint64 { return r.pos }
	h.wrong = func() string {
		if r.pos < r.own || r.seen < r.pos || r.seen-r.own > capacity || r.pos%8 != 0 || r.off != r.pos%capacity {
			return fmt.Sprintf("reader stands at %d, own %d, seen %d", r.pos, r.own, r.seen)
		}
		return ""
	}
}

func (h *hostile) runReader() {
	r, err := h.a.open(h.mem, h.opts...)
	if err != nil {
		h.Fatal(err)
	}
	h.standReader(r)
	for h.script.more() {
		if h.script[0] >= 128 {
			h.act()
			continue
		}
		own, seen := r.own, r.seen
		h.readerStep(r, h.script.next())
		switch wrong := h.wrong(); {
		case wrong != "" || r.own < own || r.seen < seen:
			h.Fatalf("own was %d, seen %d: %s", own, seen, wrong)
		case !slices.Contains(h.writes, r.seen):
			h.Fatalf("reader has seen a write index of %d, which there never was", r.seen)
		}
		h.expectImage([2]int{refRead, refRead + 8})
	}
}

func (h *hostile) readerStep(r *Reader, op byte) {
	h.Helper()
	waiting := []error{context.Canceled, ErrEmpty, ErrPeerDead}
	var msg []byte
	var err error
	switch op % 8 {
	case 0:
		msg, err = r.TryPop(nil)
		h.expectError(op, err, ErrEmpty)
	case 1:
		msg, err = r.Pop(h.context(), make([]byte, op))
		h.expectError(op, err, waiting...)
	case 2:
		msg, err = r.TryPeek()
		h.expectPeeked(msg, err)
		h.expectError(op, err, ErrEmpty)
	case 3:
		msg, err = r.Peek(h.context())
		h.expectPeeked(msg, err)
		h.expectError(op, err, waiting...)
	case 4:
		r.Rewind()
	case 5:
		h.expectError(op, r.Release())
	case 6:
		into := make([][]byte, op/8)
		n, err := r.PeekBatch(h.context(), into)
		if err != nil && n != 0 && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrUnreachable) {
			h.Fatalf("PeekBatch = %d, %v", n, err)
		}
		for _, msg := range into[:n] {
			h.expectPeeked(msg, nil)
		}
		h.expectError(op, err, waiting...)
	case 7:
		left := int(op)
		for msg, err := range r.Messages(h.context()) {
			h.expectPeeked(msg, err)
			h.expectError(op, err, waiting...)
			if left--; left < 0 {
				break
			}
		}
	}
	if err != nil && msg != nil {
		h.Fatalf("operation %d: %d bytes and %v", op, len(msg), err)
	}
}

func (h *hostile) expectPeeked(msg []byte, err error) {
	h.Helper()
	if err == nil && (!within(h.mem, msg) || cap(msg) != len(msg)) {
		h.Fatal("what was peeked lies outside the ring, or is not bounded")
	}
}

func (h *hostile) standWriter(w *Writer) {
	capacity := uint64(len(h.mem) - refHeader)
	h.pos = func() uint64 { return w.pos }
	h.wrong = func() string {
		if w.pos < w.own || w.own < w.seen || w.pos-w.seen > capacity || w.pos%8 != 0 || w.off != w.pos%capacity {
			return fmt.Sprintf("writer stands at %d, own %d, seen %d", w.pos, w.own, w.seen)
		}
		if w.clear > min(capacity-(w.pos-w.seen), capacity-w.off) {
			return fmt.Sprintf("writer at %d has seen %d and takes %d bytes to be free", w.pos, w.seen, w.clear)
		}
		return ""
	}
}

func (h *hostile) runWriter() {
	w, err := h.a.attach(h.mem, h.opts...)
	if err != nil {
		h.Fatal(err)
	}
	h.standWriter(w)
	capacity := uint64(len(h.mem) - refHeader)
	for h.script.more() {
		if h.script[0] >= 128 {
			h.act()
			continue
		}
		own, seen := w.own, w.seen
		h.writerStep(w, h.script.next(), h.script.next())
		switch wrong := h.wrong(); {
		case wrong != "" || w.own < own || w.seen < seen:
			h.Fatalf("own was %d, seen %d: %s", own, seen, wrong)
		case !slices.Contains(h.reads, w.seen):
			h.Fatalf("writer has seen a read index of %d, which there never was", w.seen)
		}
		owned := [][2]int{{refWrite, refCommit + 8}}
		for at := own; at != w.seen+capacity; at += 8 {
			offset := refHeader + int(at%capacity)
			owned = append(owned, [2]int{offset, offset + 8})
		}
		h.expectImage(owned...)
	}
}

func (h *hostile) writerStep(w *Writer, op, arg byte) {
	h.Helper()
	capacity := uint64(len(h.mem) - refHeader)
	waiting := []error{context.Canceled, ErrFull, ErrPeerDead, ErrTooLarge}
	n := int(arg) * int(capacity) / 200
	if op >= 64 {
		n = max(0, int(capacity-w.pos%capacity)-16+int(arg%24))
	}
	msg := bytes.Repeat([]byte{arg | 1}, n)
	batch := [][]byte{msg[:n/3], msg[:n/5], msg[:n/2], msg[:min(n, 9)]}
	switch op % 9 {
	case 0:
		h.expectError(op, w.TryPush(msg), ErrFull, ErrTooLarge)
	case 1:
		h.expectError(op, w.Push(h.context(), msg), waiting...)
	case 2:
		body, err := w.TryReserve(n)
		h.expectReserved(body, n, err)
		h.expectError(op, err, ErrFull, ErrTooLarge)
	case 3:
		body, err := w.Reserve(h.context(), n)
		h.expectReserved(body, n, err)
		h.expectError(op, err, waiting...)
	case 4:
		h.expectError(op, w.Commit(int(arg)), ErrTooLarge)
	case 5:
		w.Abort()
	case 6:
		n, err := w.TryPushBatch(batch)
		h.expectError(op, err, ErrFull, ErrTooLarge)
		h.expectCount(n, len(batch), err)
	case 7:
		n, err := w.PushBatch(h.context(), batch)
		h.expectError(op, err, waiting...)
		h.expectCount(n, len(batch), err)
	case 8:
		alive, err := w.PeerAlive()
		if alive || err != nil {
			h.Fatal(alive, err)
		}
	}
}

func (h *hostile) expectReserved(body []byte, n int, err error) {
	h.Helper()
	if err != nil {
		return
	}
	if !within(h.mem, body) || len(body) != n || cap(body) != n {
		h.Fatal("what was reserved lies outside the ring, or is not bounded")
	}
	if !h.cut {
		clear(body)
	}
}

func (h *hostile) expectCount(n, most int, err error) {
	h.Helper()
	if n < 0 || n > most || err == nil && n != most {
		h.Fatalf("%d messages of %d, and %v", n, most, err)
	}
}

// The script above is deterministic; here the peer has its turns whenever the
// machine gives it one. Under the race detector it does not cut the file: its
// atomic operations look at the page first and then go to it in C, where a page
// that went away in between ends the process, whatever SetPanicOnFault says.
func TestAHostilePeerAtAnyTime(t *testing.T) {
	defer atMarks(nil)
	for name, run := range map[string]func(*hostile, uint32){"reader": raceReader, "writer": raceWriter} {
		files := map[string]bool{"": false}
		if !RaceDetector {
			files[" of a file that is cut short"] = true
		}
		for which, cut := range files {
			t.Run(name+which, func(t *testing.T) {
				seeds := uint32(20)
				if RaceDetector {
					seeds = 5
				}
				for seed := range seeds {
					a := newArena(t, 64+8*int(seed))
					mem := a.ring(t, 64+8*int(seed))
					refImage(mem, 64, 24, []byte{4, 0, 0, 0x80, 1, 2, 3, 4})
					run(&hostile{T: t, a: a, mem: mem, opts: []Option{WithPollInterval(MinPoll)}, size: len(a.base), cut: cut}, seed)
				}
			})
		}
	}
}

const raceSteps = 1500

func raceReader(h *hostile, seed uint32) {
	r, err := h.a.open(h.mem, h.opts...)
	if err != nil {
		h.Fatal(err)
	}
	h.standReader(r)
	defer h.harass(seed)()
	for i := range raceSteps {
		h.readerStep(r, byte(i*i+i>>3))
		if wrong := h.wrong(); wrong != "" {
			h.Fatal(wrong)
		}
	}
}

func raceWriter(h *hostile, seed uint32) {
	w, err := h.a.attach(h.mem, h.opts...)
	if err != nil {
		h.Fatal(err)
	}
	h.standWriter(w)
	defer h.harass(seed)()
	for i := range raceSteps {
		h.writerStep(w, byte(i*i+i>>3), byte(i*41))
		if wrong := h.wrong(); wrong != "" {
			h.Fatal(wrong)
		}
	}
}

// harass stores anything anywhere until it is told to stop, most of it where it
// hurts. If the file may be cut, it changes the length of the file too; it stores through the
// file then, which has no faults.
func (h *hostile) harass(seed uint32) (stop func()) {
	a, mem := h.a, h.mem
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		begin, rnd := int64(len(a.base)-len(mem)), seed*2+1
		var word [8]byte
		for n := 0; ; n++ {
			select {
			case <-quit:
				return
			default:
			}
			rnd = rnd*1664525 + 1013904223
			at := []int{refWrite, refRead, refData, refSpace, refHeader + int(rnd>>12)%(len(mem)-refHeader)}[rnd>>28%5]
			v := uint64(rnd >> 16 % 256 * 8)
			if at > refHeader {
				v |= 1 << 31
			}
			if !h.cut {
				word64(mem, at&^7).Store(v)
				continue
			}
			refPut(word[:], 0, v)
			_, _ = a.file.WriteAt(word[:], begin+int64(at&^7))
			if n%16 == 0 {
				_ = a.file.Truncate(int64(rnd>>20) % 3 * int64(os.Getpagesize()))
			}
		}
	}()
	return func() { close(quit); <-done }
}
