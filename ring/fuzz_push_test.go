package ring

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// FuzzPush has a ring with any indices and any bytes in it, whose reader
// stores anything at all between the operations of the writer. The writer must
// store within the room it owns, publish exactly what it says, and leave the
// ring as it is when it says ErrCorrupt.
func FuzzPush(f *testing.F) {
	f.Add(uint8(0), uint64(0), uint64(0), true, []byte{0xff}, []byte{0, 20, 0, 30, 0, 60, 12, 0, 0, 60})
	f.Add(uint8(0), uint64(16), uint64(0), true, []byte{1}, []byte{0, 190, 12, 0, 0, 190, 1, 90, 12, 0, 1, 20, 12, 0, 1, 10})
	f.Add(uint8(3), uint64(1<<62), uint64(88), true, []byte{1, 2}, []byte{0, 0, 6, 1, 0, 0, 6, 130, 0, 0, 6, 255, 2, 0, 12, 0})
	f.Add(uint8(9), uint64(64), uint64(8), true, []byte{7}, []byte{2, 30, 3, 9, 2, 40, 0, 1, 4, 0, 5, 50, 8, 60, 9, 70, 10, 80, 3, 4, 7, 0, 11, 3})
	f.Add(uint8(0), uint64(80), uint64(0), true, []byte{0}, []byte{6, 255, 0, 110})
	f.Add(uint8(0), uint64(9), uint64(1<<63), false, []byte{0}, []byte{0, 0})
	a := newArena(f, fuzzMost)
	f.Fuzz(func(t *testing.T, size uint8, read, length uint64, tame bool, data, steps []byte) {
		mem, read, length := a.fuzzed(t, size, read, length, tame, data)
		w, err := a.attach(mem)
		expectVerdict(t, "attach", err, refOpens(mem))
		if err != nil {
			return
		}
		p := &pusher{T: t, a: a, mem: mem, w: w, write: read + length, read: read, honest: true}
		p.before = bytes.Clone(a.base)
		for s := script(steps); s.more(); {
			p.step(s.next(), s.next())
		}
	})
}

// pusher is a writer beside what must come of its operations.
type pusher struct {
	*testing.T
	a      *arena
	mem    []byte
	w      *Writer
	before []byte // the arena before the operation
	write  uint64 // as it must be in the ring
	read   uint64 // the greatest that a reader can have stored
	honest bool   // the reader has stored nothing else
	open   []byte // the reservation
	serial byte
}

func (p *pusher) capacity() uint64 { return uint64(len(p.mem) - refHeader) }

// message is one of a length that arg stands for: a part of the ring, at times
// more than it, or about the rest of the lap.
func (p *pusher) message(arg byte) []byte {
	n := int(arg) * int(p.capacity()) / 120
	if arg >= 160 {
		n = max(0, int(p.capacity()-p.write%p.capacity())-20+int(arg%32))
	}
	p.serial++
	return bytes.Repeat([]byte{p.serial | 1}, n)
}

func (p *pusher) batch(arg byte) (msgs [][]byte) {
	for i := range arg % 9 {
		msgs = append(msgs, p.message(arg/2+i*5))
	}
	return msgs
}

func (p *pusher) step(op, arg byte) {
	p.Helper()
	copy(p.before, p.a.base)
	switch op % 13 {
	case 0:
		msg := p.message(arg)
		p.pushed([][]byte{msg}, p.w.TryPush(msg), ErrFull)
	case 1:
		msgs := p.batch(arg)
		n, err := p.w.TryPushBatch(msgs)
		p.batched(msgs, n, err, ErrFull)
	case 2:
		msg := p.message(arg)
		body, err := p.w.TryReserve(len(msg))
		p.reserve(msg, body, err, ErrFull)
	case 3:
		p.commit(int(arg) % (len(p.open) + 2))
	case 4:
		p.w.Abort()
		p.open = nil
		p.stored(nil)
	case 5:
		msg := p.message(arg)
		p.pushed([][]byte{msg}, p.w.Push(ended(), msg), context.Canceled)
	case 6:
		p.claim(arg)
	case 7:
		p.succeed()
	case 8:
		msgs := p.batch(arg)
		n, err := p.w.PushBatch(ended(), msgs)
		p.batched(msgs, n, err, context.Canceled)
	case 9:
		msg := p.message(arg)
		body, err := p.w.Reserve(ended(), len(msg))
		p.reserve(msg, body, err, context.Canceled)
	case 10:
		refPut(p.mem, refData, uint64(arg))
		refPut(p.mem, refSpace, uint64(arg)<<24)
	case 11:
		refPut(p.mem, refWrite, p.read+uint64(arg)) // which is the writer's own business
		p.stored(nil)
		refPut(p.mem, refWrite, p.write)
	default:
		p.consume(int(arg))
	}
}

// claim stores a read index that a reader may or may not have.
func (p *pusher) claim(arg byte) {
	v := p.read + uint64(arg)*4
	switch {
	case arg >= 250:
		v = 1<<(arg-200) | 8
	case arg >= 128:
		v = p.read - uint64(arg-128)*8
	}
	refPut(p.mem, refRead, v)
	p.honest = p.honest && v == p.read
	if v%8 == 0 && v >= p.read && v <= p.write {
		p.read = v
	}
}

// consume takes so many records, or all, as a reader does.
func (p *pusher) consume(most int) {
	if !p.honest {
		return
	}
	records, _ := refDecode(p.mem, p.read, p.write)
	for i, rec := range records {
		if most > 0 && i >= most {
			return
		}
		p.read = rec.end
		refPut(p.mem, refRead, p.read)
	}
}

// place says whether a message of n bytes has room, and how far the writer gets
// for it: behind the message, or behind a wrap marker alone.
func (p *pusher) place(write uint64, n int) (to uint64, ok bool) {
	size, rest := uint64(RecordSize(n)), p.capacity()-write%p.capacity()
	free := p.capacity() - (write - p.read)
	switch {
	case size <= rest && size <= free:
		return write + size, true
	case size <= rest:
		return write, false
	case size+rest <= free:
		return write + rest + size, true
	case size+rest > p.capacity() && rest <= free:
		if to = write + rest; p.capacity()-(to-p.read) >= size {
			return to + size, true
		}
		return to, false
	}
	return write, false
}

// pushed checks what came of pushing one message or several at once: all of
// them and no error, or none.
func (p *pusher) pushed(msgs [][]byte, err, full error) {
	p.Helper()
	n := len(msgs)
	if err != nil {
		n = 0
	}
	p.batched(msgs, n, err, full)
}

func (p *pusher) batched(msgs [][]byte, n int, err, full error) {
	p.Helper()
	switch {
	case p.open != nil:
		p.refused(err, n, ErrOrder)
		return
	case tooLarge(msgs, len(p.mem)-refHeader-4):
		p.refused(err, n, ErrTooLarge)
		return
	case err == nil && n != len(msgs), n < 0, n > len(msgs):
		p.Fatalf("%d of %d messages, %v", n, len(msgs), err)
	}
	if p.honest {
		p.predicted(msgs, n, err, full)
	} else if err != nil && !errors.Is(err, full) {
		expectVerdict(p.T, "push", err, ErrCorrupt)
	} else if v := refWord(p.mem, refRead); err != nil && (v%8 != 0 || v > p.w.own) {
		p.Fatalf("%v, after a look at a read index of %d", err, v)
	}
	// Of a batch, some may have been put where nobody looks, in the writer's room.
	if errors.Is(err, ErrCorrupt) && n == 0 && len(msgs) == 1 {
		expectBytes(p.T, p.a.base, p.masked())
	}
	p.stored(msgs[:n])
}

// predicted compares with what must come of it beside an honest reader.
func (p *pusher) predicted(msgs [][]byte, n int, err, full error) {
	p.Helper()
	write, want, wantErr := p.write, 0, error(nil)
	for _, msg := range msgs {
		to, ok := p.place(write, len(msg))
		if write = to; !ok {
			wantErr = full
			break
		}
		want++
	}
	if n != want || !errors.Is(err, wantErr) || refWord(p.mem, refWrite) != write {
		p.Fatalf("%d of %d messages, %v, write index %d; want %d, %v, %d", n, len(msgs), err, refWord(p.mem, refWrite), want, wantErr, write)
	}
}

func tooLarge(msgs [][]byte, most int) bool {
	for _, msg := range msgs {
		if len(msg) > most {
			return true
		}
	}
	return false
}

func (p *pusher) refused(err error, n int, want error) {
	p.Helper()
	if expectVerdict(p.T, "push", err, want); n != 0 {
		p.Fatalf("%d messages and %v", n, err)
	}
	expectBytes(p.T, p.a.base, p.before)
}

// masked is the arena as it was before, with the events as they are.
func (p *pusher) masked() []byte {
	begin := len(p.before) - len(p.mem)
	copy(p.before[begin+refData:][:4], p.mem[refData:])
	copy(p.before[begin+refSpace:][:4], p.mem[refSpace:])
	return p.before
}

// stored checks that these messages and nothing else were published, that all
// the rest is as it was, and that both indices of the writer say so.
func (p *pusher) stored(msgs [][]byte) {
	p.Helper()
	to := p.w.own
	if v := refWord(p.mem, refRead); v%8 == 0 && v >= p.read && v <= to {
		p.read = v // claimed too early, and true by now
	}
	p.published(msgs, to)
	want := p.masked()
	begin := len(want) - len(p.mem)
	for at := p.write; at != p.read+p.capacity(); at += 8 { // the writer's room
		offset := refHeader + int(at%p.capacity())
		copy(want[begin+offset:][:8], p.mem[offset:])
	}
	if p.write != to {
		refPut(want[begin:], refWrite, to)
		refPut(want[begin:], refCommit, to)
		p.write = to
	} else {
		copy(want[begin+refWrite:][:8], p.mem[refWrite:])
	}
	expectBytes(p.T, p.a.base, want)
}

// published checks that the ring has these messages and nothing else between
// what was published before and the given index. A reader that claims to have
// got beyond the former gives up what lies there: then the last one must do.
func (p *pusher) published(msgs [][]byte, to uint64) {
	p.Helper()
	from := p.write
	if p.read > from && len(msgs) > 0 {
		msgs = msgs[len(msgs)-1:]
		from = to - uint64(RecordSize(len(msgs[0])))
	} else if p.read > from {
		from = to
	}
	records, behind := refDecode(p.mem, from, to)
	if behind != ErrEmpty {
		p.Fatalf("what was published from %d to %d is %v", from, to, behind)
	}
	i := 0
	for _, rec := range records {
		if rec.wrap {
			continue
		}
		if i == len(msgs) || !bytes.Equal(rec.body, msgs[i]) {
			p.Fatalf("message %d came out as %x", i, rec.body)
		}
		i++
	}
	if i != len(msgs) {
		p.Fatalf("%d messages were published, want %d", i, len(msgs))
	}
}

// reserve checks a reservation for msg, and fills it.
func (p *pusher) reserve(msg, body []byte, err, full error) {
	p.Helper()
	if err != nil {
		p.pushed([][]byte{msg}, err, full)
		return
	}
	if p.open != nil || len(body) != len(msg) || cap(body) != len(body) || !within(p.mem, body) {
		p.Fatalf("reserved are %d bytes of %d, in the ring: %v", len(body), len(msg), within(p.mem, body))
	}
	if to, ok := p.place(p.write, len(msg)); p.honest && (!ok || p.w.own != to-uint64(RecordSize(len(msg)))) {
		p.Fatalf("reserved %d bytes at %d; there is room: %v, up to %d", len(msg), p.w.own, ok, to)
	}
	p.stored(nil)
	p.open = body
	copy(body, msg)
}

// commit publishes n bytes of the reservation.
func (p *pusher) commit(n int) {
	p.Helper()
	open := p.open
	err := p.w.Commit(n)
	switch {
	case open == nil:
		p.refused(err, 0, ErrOrder)
	case n > len(open):
		p.refused(err, 0, ErrTooLarge)
	default:
		p.open = nil
		if err != nil {
			p.Fatal(err)
		}
		p.stored([][]byte{bytes.Clone(open[:n])})
	}
}

// succeed has another writer take over.
func (p *pusher) succeed() {
	p.Helper()
	w, err := p.a.attach(p.mem)
	expectVerdict(p.T, "a successor", err, refOpens(p.mem))
	if err == nil {
		p.w, p.open = w, nil
		p.read, p.honest = refWord(p.mem, refRead), true
	}
}
