package scenarios

import (
	"maps"

	"killpoint/harness"
	"killpoint/ring"
)

// full makes a ring that is full, with five older messages, and returns how
// long the first one is. There is room for P once the first one has gone; on
// the wrap scene, once the marker before it has.
func (l *lab) full(s stage) (start uint64, first int) {
	if s == skipping {
		l.prepare(256, 192, l.messages.add("o1", 100), l.messages.add("o2", 84))
		return 192, 100
	}
	l.prepare(256, 64, l.messages.add("o1", 60), l.messages.add("o2", 0), l.messages.add("o3", 52),
		l.messages.add("o4", 60), l.messages.add("o5", 60))
	return 64, 60
}

// runPop has a reader die while it pops o1 from a full ring. The writer has
// been asleep since before, wanting room for P, or comes late and tries. A
// successor then pops all there is, up to N.
func runPop(l *lab, c Cell) Facts {
	start, first := l.full(expectations[c.Site].stage)
	p, n := l.messages.add("P", 60), l.messages.add("N", 24)

	var writer *harness.Child
	var push *harness.Pending
	if c.Variant != Late {
		writer = l.start(ring.WriterSide, "peer")
		writer.Go("attach", l.join(c.Variant))
		push = writer.Go("push", pushArgs{Msg: p})
		l.asleep(writer, l.join(c.Variant), ring.SpaceAvailOffset)
	}
	victim := l.start(ring.ReaderSide, "victim", c.arm())
	victim.Go("open", l.join(""))
	popping := victim.Go("pop", popArgs{})
	hit := l.die(c, victim)
	held := l.holds(hit)

	var reaction string
	if c.Variant != Late {
		reaction = l.reacts(c, writer, push, ring.SpaceAvailOffset)
	} else {
		writer = l.start(ring.WriterSide, "late peer")
		l.call(writer, "attach", l.join(PollOff))
		reaction = l.answer(writer, "try-push", pushArgs{Msg: p})
		if reaction != answerOK {
			push = writer.Go("push", pushArgs{Msg: p})
		}
	}
	successor := l.succeed(c, victim)
	victimHad := held == "o1"
	if c.Mode == Stop {
		victimHad = l.receive(victim, popping, ring.DataAvailOffset) == "o1"
		l.got = nil
	} else {
		l.pop(successor)
	}
	f := Facts{}
	if push != nil {
		f[FactNextPop] = l.settle(writer, push, ring.SpaceAvailOffset)
	}
	l.popUntil(successor, "P")
	l.call(writer, "push", pushArgs{Msg: n})
	l.popUntil(successor, "N")
	if c.Mode == Stop {
		l.finish(victim)
	}

	maps.Copy(f, l.common(c))
	dead := ring.Decode(l.atDeath)
	f[FactRead] = moved(dead.Read, start, uint64(ring.RecordSize(first)), 256)
	if still(c) && c.Variant != Late {
		f[FactEvent] = eventWord(dead.SpaceAvail)
	}
	if still(c) {
		f[FactStray] = l.stray(span{offRead, offRead + 8}, span{ring.SpaceAvailOffset, ring.SpaceAvailOffset + 4})
	}
	f[FactPeer] = reaction
	f[FactHeld] = held
	f[FactMessage] = fate(victimHad, l.count("o1"))
	return f
}

func wantPop(c Cell, e expectation, f Facts) {
	f[FactHeld] = "o1"
	if c.Variant != Late || e.late != answerOK {
		f[FactNextPop] = Resumes
	}
	if still(c) {
		f[FactStray] = "nothing"
	}
	rest := []string{"o2", "o3", "o4", "o5"}
	if e.stage == skipping {
		f[FactHeld] = "nothing"
		rest = []string{"o2"}
	}
	if c.Mode == Stop {
		f[FactMessage] = Consumed
	}
	again := when(f[FactMessage] != Consumed, "o1")
	f[FactReceived] = received(append([]string{again}, append(rest, "P", "N")...)...)
}
