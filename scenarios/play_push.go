package scenarios

import (
	"fmt"
	"maps"

	"killpoint/harness"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// runPush kills a writer while it sends M, or several messages. The reader has
// been asleep since before, or comes late and finds older messages. A successor
// then pushes N: a reader that gets N and not M proves that M is lost.
func runPush(l *cellRun, c Cell) Facts {
	s := c.e.op.scene
	msgs, n := l.write(s), l.messages.add("N", s.n)
	var older [][]byte
	start := s.slot
	if c.Variant == Late {
		older = [][]byte{l.messages.add("o1", 10), l.messages.add("o2", 0)}
		start -= ring.RecordSize(10) + ring.RecordSize(0)
	}
	var own []byte // what the victim pushes before M
	if pushesBefore(c) {
		own = l.messages.add("o3", 20)
		start -= ring.RecordSize(len(own))
	}
	l.prepare(s.capacity, start, older...)

	var reader *harness.Child
	var popping *harness.Pending
	if c.Variant != Late {
		reader = l.start(ring.ReaderSide, "peer")
		reader.Go("open", l.join(c.Variant))
		popping = reader.Go("pop", ops.Pop{})
		l.asleep(reader, l.join(c.Variant), ring.DataAvailOffset)
	}
	victim := l.start(ring.WriterSide, "victim", c.arm())
	victim.Go("attach", l.join(""))
	if own != nil {
		victim.Go("push", ops.Push{Msg: own})
	}
	sending := c.e.op.send.begin(victim, msgs)
	l.die(c, victim)

	f := Facts{}
	if c.Variant != Late {
		f[FactPeer] = l.reacts(c, reader, popping, ring.DataAvailOffset)
		f[FactRead] = moved(ring.Decode(l.image()).Read, uint64(s.slot), uint64(ring.RecordSize(s.sizes[0])), s.capacity)
	} else {
		reader = l.start(ring.ReaderSide, "late peer")
		l.call(reader, "open", l.join(PollOff))
		l.drain(reader)
		f[FactAtOnce] = received(l.got...)
	}
	successor := l.succeed(c, victim)
	if c.Mode == Stop {
		l.sent(c.e.op, sending)
	}
	l.call(successor, "push", ops.Push{Msg: n})
	if popping == nil || l.receive(reader, popping, ring.DataAvailOffset) != "N" {
		l.popUntil(reader, "N")
	}
	if c.Mode == Stop {
		l.finish(victim)
	}
	l.pushFacts(f, c, s)
	return f
}

// pushesBefore reports whether the victim pushes a message of its own before M.
func pushesBefore(c Cell) bool { return c.e.op.again && armedHit(c) == 2 }

// pushFacts adds what the images and the messages tell.
func (l *cellRun) pushFacts(f Facts, c Cell, s scene) {
	maps.Copy(f, l.common(c))
	slot, end := uint64(s.slot), s.end(len(s.sizes))
	dead := ring.Decode(l.atDeath)
	f[FactWrite] = moved(dead.Write, slot, end-slot, s.capacity)
	f[FactCommit] = moved(dead.Commit, slot, end-slot, s.capacity)
	f[FactSlot] = slotWord(l.atDeath[ring.HeaderSize+s.slot%s.capacity:], message(s.names()[0], s.sizes[0]))
	if still(c) && c.Variant != Late {
		f[FactEvent] = eventWord(dead.DataAvail)
	}
	if still(c) {
		from := s.slot
		if pushesBefore(c) {
			from -= ring.RecordSize(20)
		}
		lap := uint64((s.slot/s.capacity + 1) * s.capacity)
		if c.Site != ring.WriterAfterBatchRecord && c.e.write != advanced {
			end = min(end, lap) // nothing is put behind the marker yet
		}
		allowed := append(s.spans(from, end), span{offWrite, offWrite + 16}, span{ring.DataAvailOffset, ring.DataAvailOffset + 4})
		f[FactStray] = l.stray(allowed...)
	}
	f[FactMessage] = l.sentFate(s)
	f[FactNext] = s.next(ring.Decode(l.image()).Write - uint64(ring.RecordSize(s.n)))
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
	case !rec.Ready && rec.Length == 0 && string(slot[4:4+len(body)]) == string(body):
		return slotBodyAlone
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
func (s scene) next(index uint64) string {
	switch index {
	case uint64(s.slot):
		return sameSlot
	case s.end(len(s.sizes)):
		return behind
	case uint64((s.slot/s.capacity + 1) * s.capacity):
		return lapStart
	}
	return fmt.Sprintf("index %d", index)
}

func wantPush(c Cell, f Facts) {
	e, s := c.e, c.e.op.scene
	f[FactNext] = e.next
	var before []string
	if c.Variant == Late {
		before = []string{"o1", "o2", when(pushesBefore(c), "o3")}
		f[FactAtOnce] = received(append(before, s.delivered(e.message, e.part)...)...)
	} else {
		f[FactRead] = wantRead(c, f[FactPeer])
	}
	if still(c) {
		f[FactStray] = "nothing"
	}
	if c.Mode == Stop {
		f[FactMessage], f[FactNext] = Delivered, behind
	}
	f[FactReceived] = received(append(append(before, s.delivered(f[FactMessage], e.part)...), "N")...)
}

// wantRead is how far a reader has come that was asleep all the while: beyond
// the message if it got it, beyond the wrap marker if it polls or was woken.
func wantRead(c Cell, peer string) string {
	woken := c.Variant == PollOn || c.e.event == ""
	switch {
	case peer == Resumes:
		return advanced
	case c.e.write == boundary && woken:
		return boundary
	}
	return unmoved
}
