package scenarios

import (
	"time"

	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// joinSleeper are the arguments of a victim that is to sleep. One that must be
// woken and not wake by itself polls, if it polls, once an hour.
func (l *cellRun) joinSleeper(c Cell) ops.Join {
	a := l.join(c.Variant)
	woken := c.Site == ring.WriterAfterSpaceWait || c.Site == ring.ReaderAfterDataWait || afterReset(c.Site)
	if c.Variant == PollOn && woken {
		a.Poll = time.Hour
	}
	return a
}

// runSpaceWait kills a writer around its wait for room for M. The reader
// drains all older messages; a successor pushes N.
func runSpaceWait(l *cellRun, c Cell) Facts {
	s := c.e.op.scene
	l.fill(c.e.op.older)
	msgs, n := l.write(s), l.messages.add("N", s.n)
	reader := l.start(ring.ReaderSide, "peer")
	l.call(reader, "open", l.join(PollOff))

	victim := l.start(ring.WriterSide, "victim", c.arms()...)
	victim.Go("attach", l.joinSleeper(c))
	sending := c.e.op.send.begin(victim, msgs)
	switch c.Site {
	case ring.WriterInSpaceWait:
		l.dieAsleep(c, victim, ring.SpaceAvailOffset)
	case ring.WriterAfterSpaceWait, ring.WriterAfterSpaceReset:
		l.asleep(victim, l.joinSleeper(c), ring.SpaceAvailOffset)
		l.pop(reader)
		l.die(c, victim)
	default:
		l.die(c, victim)
	}
	l.drain(reader)
	successor := l.succeed(c, victim)
	if c.Mode == Stop {
		l.sent(c.e.op, sending)
	}
	l.call(successor, "push", ops.Push{Msg: n})
	l.popUntil(reader, "N")
	if c.Mode == Stop {
		l.finish(victim)
	}

	f := l.common(c)
	dead := ring.Decode(l.atDeath)
	// What a batch has put before it sleeps is published.
	f[FactWrite] = moved(dead.Write, uint64(s.slot), s.end(max(c.e.part, 1))-uint64(s.slot), s.capacity)
	if c.e.slot != "" {
		f[FactSlot] = slotWord(l.atDeath[ring.HeaderSize+s.slot%s.capacity:], message(s.names()[0], s.sizes[0]))
	}
	f[FactEvent] = eventWord(dead.SpaceAvail)
	f[FactMessage] = l.sentFate(s)
	return f
}

func wantSpaceWait(c Cell, f Facts) {
	if c.Mode == Stop {
		f[FactMessage] = Delivered
	}
	older := olderNames(c.e.op.all())
	f[FactReceived] = received(append(append(older, c.e.op.scene.delivered(f[FactMessage], c.e.part)...), "N")...)
}

// runDataWait kills a reader around its wait for M, which a live writer
// pushes before or after. A successor gets M at once.
func runDataWait(l *cellRun, c Cell) Facts {
	m, n := l.messages.add("M", 40), l.messages.add("N", 24)
	l.prepare(256, 64)
	writer := l.start(ring.WriterSide, "peer")
	l.call(writer, "attach", l.join(PollOff))

	victim := l.start(ring.ReaderSide, "victim", c.arms()...)
	victim.Go("open", l.joinSleeper(c))
	popping := victim.Go(c.e.op.takes.call, ops.Pop{})
	if c.e.op.takes.call == "peek" {
		victim.Go("release", nil)
	}
	pushed := false
	switch c.Site {
	case ring.ReaderInDataWait:
		l.dieAsleep(c, victim, ring.DataAvailOffset)
	case ring.ReaderAfterDataWait, ring.ReaderAfterDataReset:
		l.asleep(victim, l.joinSleeper(c), ring.DataAvailOffset)
		l.call(writer, "push", ops.Push{Msg: m})
		pushed = true
		l.die(c, victim)
	default:
		l.die(c, victim)
	}
	if !pushed {
		l.call(writer, "push", ops.Push{Msg: m})
	}
	successor, victimHad := l.succeed(c, victim), false
	if c.Mode == Stop {
		victimHad = l.receive(victim, popping, ring.DataAvailOffset) == "M"
		l.got = nil
	} else {
		l.drain(successor) // M is there at once: nothing is waited for
	}
	atOnce := received(l.got...)
	l.call(writer, "push", ops.Push{Msg: n})
	l.popUntil(successor, "N")
	if c.Mode == Stop {
		l.finish(victim)
	}

	f := l.common(c)
	dead := ring.Decode(l.atDeath)
	if c.Mode != Stop {
		f[FactAtOnce] = atOnce
	}
	f[FactRead] = moved(dead.Read, 64, uint64(ring.RecordSize(40)), 256)
	f[FactEvent] = eventWord(dead.DataAvail)
	f[FactMessage] = fate(victimHad, l.count("M"))
	return f
}

func wantDataWait(c Cell, f Facts) {
	if c.Mode == Stop {
		f[FactMessage] = Consumed
	} else {
		f[FactAtOnce] = "M"
	}
	f[FactReceived] = received(when(c.Mode != Stop, "M"), "N")
}
