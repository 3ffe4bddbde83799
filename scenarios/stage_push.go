package scenarios

import (
	"fmt"
	"maps"

	"killpoint/harness"
	"killpoint/ring"
)

// scene is the geometry of a push: where M's record begins, and how long the
// messages are.
type scene struct {
	capacity int
	slot     int // index at which M's record begins
	m, n     int // bytes of M and of N
}

var (
	plainScene = scene{capacity: 256, slot: 128, m: 40, n: 24}
	// 64 bytes are left in the lap: M does not fit, nor does N.
	wrapScene = scene{capacity: 512, slot: 448, m: 100, n: 100}
)

func (s stage) scene() scene {
	if s == wrapping {
		return wrapScene
	}
	return plainScene
}

// runPush has a writer die while it pushes M. The reader has been asleep since
// before, or comes late and finds older messages. A successor then pushes N: a
// reader that gets N and not M proves that M is lost.
func runPush(l *lab, c Cell) Facts {
	s := expectations[c.Site].stage.scene()
	m, n := l.messages.add("M", s.m), l.messages.add("N", s.n)
	var older [][]byte
	start := s.slot
	if c.Variant == Late {
		older = [][]byte{l.messages.add("o1", 10), l.messages.add("o2", 0)}
		start -= ring.RecordSize(10) + ring.RecordSize(0)
	}
	var own []byte // what the victim pushes before M
	if armedHit(c) == 2 {
		own = l.messages.add("o3", 20)
		start -= ring.RecordSize(len(own))
	}
	l.prepare(s.capacity, start, older...)

	var reader *harness.Child
	var popping *harness.Pending
	if c.Variant != Late {
		reader = l.start(ring.ReaderSide, "peer")
		reader.Go("open", l.join(c.Variant))
		popping = reader.Go("pop", popArgs{})
		l.asleep(reader, l.join(c.Variant), ring.DataAvailOffset)
	}
	victim := l.start(ring.WriterSide, "victim", c.arm())
	victim.Go("attach", l.join(""))
	if own != nil {
		victim.Go("push", pushArgs{Msg: own})
	}
	push := victim.Go("push", pushArgs{Msg: m})
	l.die(c, victim)

	f := Facts{}
	if c.Variant != Late {
		f[FactPeer] = l.reacts(c, reader, popping, ring.DataAvailOffset)
		f[FactRead] = moved(ring.Decode(l.image()).Read, uint64(s.slot), uint64(ring.RecordSize(s.m)), s.capacity)
	} else {
		reader = l.start(ring.ReaderSide, "late peer")
		l.call(reader, "open", l.join(PollOff))
		l.drain(reader)
		f[FactAtOnce] = received(l.got...)
	}
	successor := l.succeed(c, victim)
	if c.Mode == Stop {
		l.wait(push, nil)
	}
	l.call(successor, "push", pushArgs{Msg: n})
	if popping == nil || l.receive(reader, popping, ring.DataAvailOffset) != "N" {
		l.popUntil(reader, "N")
	}
	if c.Mode == Stop {
		l.finish(victim)
	}
	l.pushFacts(f, c, s)
	return f
}

// pushFacts adds what the images and the messages tell.
func (l *lab) pushFacts(f Facts, c Cell, s scene) {
	maps.Copy(f, l.common(c))
	slot, size := uint64(s.slot), uint64(ring.RecordSize(s.m))
	dead := ring.Decode(l.atDeath)
	f[FactWrite] = moved(dead.Write, slot, size, s.capacity)
	f[FactCommit] = moved(dead.Commit, slot, size, s.capacity)
	f[FactSlot] = slotWord(l.atDeath[ring.HeaderSize+s.slot%s.capacity:], message("M", s.m))
	if still(c) && c.Variant != Late {
		f[FactEvent] = eventWord(dead.DataAvail)
	}
	if still(c) {
		slotAt := ring.HeaderSize + s.slot%s.capacity
		own := (armedHit(c) - 1) * ring.RecordSize(20)
		f[FactStray] = l.stray(span{offWrite, offWrite + 16}, span{ring.DataAvailOffset, ring.DataAvailOffset + 4},
			span{slotAt - own, min(slotAt+ring.RecordSize(s.m), ring.HeaderSize+s.capacity)})
	}
	f[FactMessage] = map[int]string{0: Lost, 1: Delivered}[l.count("M")]
	f[FactNext] = next(ring.Decode(l.image()).Write-uint64(ring.RecordSize(s.n)), slot, size, uint64(s.capacity))
}

// slotWord reads what stands in a slot that was all zero before.
func slotWord(slot, body []byte) string {
	rec := ring.DecodeRecord(slot)
	flags := ""
	if rec.Ready {
		flags += "READY, "
	}
	if rec.Wrap {
		return flags + "WRAP, length"
	}
	switch {
	case !rec.Ready && rec.Length == 0:
		return slotEmpty
	case rec.Length != uint32(len(body)):
		return fmt.Sprintf("%slength %d", flags, rec.Length)
	case string(rec.Body) == string(body):
		return flags + "length, body"
	case string(rec.Body) == string(make([]byte, len(body))):
		return flags + "length"
	}
	return fmt.Sprintf("%slength, a body of %q", flags, rec.Body)
}

// next says where the successor's record begins.
func next(index, slot, size, capacity uint64) string {
	lap := (slot/capacity + 1) * capacity
	switch index {
	case slot:
		return sameSlot
	case lap:
		return lapStart
	case slot + size, lap + size:
		return behind
	}
	return fmt.Sprintf("index %d", index)
}

func wantPush(c Cell, e expectation, f Facts) {
	f[FactNext] = e.next
	late := c.Variant == Late
	if late {
		f[FactAtOnce] = received("o1", "o2", when(armedHit(c) == 2, "o3"), when(e.message == Delivered, "M"))
	} else {
		f[FactRead] = wantRead(c, e, f[FactPeer])
	}
	if still(c) {
		f[FactStray] = "nothing"
	}
	if c.Mode == Stop {
		f[FactMessage], f[FactNext] = Delivered, behind
	}
	f[FactReceived] = received(when(late, "o1"), when(late, "o2"), when(armedHit(c) == 2, "o3"),
		when(f[FactMessage] == Delivered, "M"), "N")
}

// wantRead is how far a reader has come that was asleep all the while: beyond
// the message if it got it, beyond the wrap marker if it polls or was woken.
func wantRead(c Cell, e expectation, peer string) string {
	woken := c.Variant == PollOn || e.event == ""
	switch {
	case peer == Resumes:
		return advanced
	case e.write == boundary && woken:
		return boundary
	}
	return unmoved
}
