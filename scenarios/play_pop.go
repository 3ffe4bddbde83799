package scenarios

import (
	"maps"
	"strings"

	"killpoint/harness"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// runPop kills a reader while it takes the oldest messages from a full ring.
// The writer has been asleep since before, wanting room for P, or comes late and
// tries. A successor then pops all there is, up to N.
func runPop(l *cellRun, c Cell) Facts {
	l.fill(c.e.op.older)
	p, n := l.messages.add("P", 60), l.messages.add("N", 24)

	var writer *harness.Child
	var push *harness.Pending
	if c.Variant != Late {
		writer = l.start(ring.WriterSide, "peer")
		writer.Go("attach", l.join(c.Variant))
		push = writer.Go("push", ops.Push{Msg: p})
		l.asleep(writer, l.join(c.Variant), ring.SpaceAvailOffset)
	}
	victim := l.start(ring.ReaderSide, "victim", c.arm())
	victim.Go("open", l.join(""))
	taking, last := c.e.op.takes.begin(victim)
	hit := l.die(c, victim)
	held := l.holds(hit)

	var reaction string
	if c.Variant != Late {
		reaction = l.reacts(c, writer, push, ring.SpaceAvailOffset)
	} else {
		writer = l.start(ring.WriterSide, "late peer")
		l.call(writer, "attach", l.join(PollOff))
		reaction = l.answer(writer, "try-push", ops.Push{Msg: p})
		if reaction != answerOK {
			push = writer.Go("push", ops.Push{Msg: p})
		}
	}
	successor := l.succeed(c, victim)
	had := strings.Fields(held)
	if c.Mode == Stop {
		for _, call := range taking {
			l.receive(victim, call, ring.DataAvailOffset)
		}
		l.wait(last, nil)
		had, l.got = l.got, nil
	} else if c.e.op.takes.count == c.e.op.all() {
		l.popLater(successor) // finds nothing, and that is what wakes the writer
	} else {
		l.pop(successor)
	}
	f := Facts{}
	if push != nil {
		f[FactNextPop] = l.settle(writer, push, ring.SpaceAvailOffset)
	}
	l.popUntil(successor, "P")
	l.call(writer, "push", ops.Push{Msg: n})
	l.popUntil(successor, "N")
	if c.Mode == Stop {
		l.finish(victim)
	}

	maps.Copy(f, l.common(c))
	dead := ring.Decode(l.atDeath)
	o := c.e.op
	f[FactRead] = moved(dead.Read, o.from(), o.to()-o.from(), o.older.capacity)
	if still(c) && c.Variant != Late {
		f[FactEvent] = eventWord(dead.SpaceAvail)
	}
	if still(c) {
		f[FactStray] = l.stray(span{offRead, offRead + 8}, span{ring.SpaceAvailOffset, ring.SpaceAvailOffset + 4})
	}
	f[FactPeer] = reaction
	f[FactHeld] = held
	f[FactMessage] = l.takenFate(had)
	return f
}

// takenFate is what became of the messages that a victim had, which it took from
// the oldest on, or if it had none, of the oldest.
func (l *cellRun) takenFate(had []string) string {
	if len(had) == 0 || had[0] != "o1" {
		return fate(false, l.count("o1"))
	}
	first := fate(true, l.count(had[0]))
	for _, name := range had[1:] {
		if next := fate(true, l.count(name)); next != first {
			return first + ", but " + name + " " + next
		}
	}
	return first
}

// holdsAt is how many messages the victim holds at its site.
func (e expectation) holdsAt() int {
	switch {
	case e.site == ring.ReaderAfterPeek || e.site == ring.ReaderBeforeRelease:
		return e.part
	case e.message == Safe:
		return 0
	}
	return e.op.takes.count
}

func wantPop(c Cell, f Facts) {
	older := olderNames(c.e.op.all())
	f[FactHeld] = orNothing(received(older[:c.e.holdsAt()]...))
	if c.Variant != Late || c.e.late != answerOK {
		f[FactNextPop] = Resumes
	}
	if still(c) {
		f[FactStray] = "nothing"
	}
	if c.Mode == Stop {
		f[FactMessage] = Consumed
	}
	if f[FactMessage] == Consumed {
		older = older[c.e.op.takes.count:]
	}
	f[FactReceived] = received(append(older, "P", "N")...)
}
