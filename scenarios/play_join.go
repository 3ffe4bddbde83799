package scenarios

import (
	"fmt"
	"os"

	"killpoint/harness"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// Facts of making and joining a ring.
const (
	factOpen   = "open"   // what Open gives
	factAttach = "attach" // what Attach gives
	factCreate = "create" // what Create gives
)

// runJoin has an end die while it joins a ring with older messages. The image
// stays as it was; a successor joins and all goes on.
func runJoin(l *cellRun, c Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10), l.messages.add("o2", 0))
	m := l.messages.add("M", 40)
	side, op, other, otherOp := ring.WriterSide, "attach", ring.ReaderSide, "open"
	if c.Role == ring.ReaderSide {
		side, op, other, otherOp = other, otherOp, side, op
	}
	peer := l.start(other, "peer")
	l.call(peer, otherOp, l.join(PollOff))

	victim := l.start(side, "victim", c.arm())
	joining := victim.Go(op, l.join(""))
	l.die(c, victim)
	image := unmoved
	if string(l.atDeath) != string(l.before) {
		image = firstDifference(l.before, l.atDeath)
	}
	successor := l.succeed(c, victim)
	if c.Mode == Stop {
		l.wait(joining, nil)
	}
	writer, reader := successor, peer
	if c.Role == ring.ReaderSide {
		writer, reader = peer, successor
	}
	l.call(writer, "push", ops.Push{Msg: m})
	l.popUntil(reader, "M")
	if c.Mode == Stop {
		l.finish(victim)
	}
	f := l.common(c)
	f["image"] = image
	if c.Role == ring.ReaderSide {
		f[FactMessage] = fate(false, l.count("M"))
	}
	return f
}

func wantJoin(_ Cell, f Facts) {
	f["image"] = unmoved
	f[FactReceived] = received("o1", "o2", "M")
}

// runCreate kills a writer while it makes a ring. What it leaves is a ring
// or is refused by everybody; removing it is the way back.
func runCreate(l *cellRun, c Cell) Facts {
	n := l.messages.add("N", 24)
	create := l.join("")
	create.Capacity = 256
	victim := l.start(ring.WriterSide, "victim", c.arm())
	creating := victim.Go("create", create)
	l.die(c, victim)

	reader := l.start(ring.ReaderSide, "reader")
	writer := l.start(ring.WriterSide, "successor")
	answers := Facts{
		factOpen:   l.answer(reader, "open", l.join(PollOff)),
		factCreate: l.answer(writer, "create", create),
		factAttach: l.answer(writer, "attach", l.join("")),
	}
	if c.Mode == Stop {
		l.check(victim.Continue(l.ctx))
		l.wait(creating, nil)
		writer = victim
	} else if answers[factAttach] != answerOK {
		l.check(os.Remove(l.ring))
		l.call(writer, "create", create)
	}
	l.exchange(writer, reader, n)
	if c.Mode == Stop {
		l.finish(victim)
	}
	f := l.common(c)
	f[FactHeader] = headerWord(ring.Decode(l.atDeath))
	for name, answer := range answers {
		f[name] = answer
	}
	return f
}

// exchange opens the ring anew and passes one message.
func (l *cellRun) exchange(writer, reader *harness.Child, msg []byte) {
	l.call(reader, "open", l.join(PollOff))
	l.call(writer, "push", ops.Push{Msg: msg})
	l.pop(reader)
}

// headerWord says how far Create has come.
func headerWord(s ring.Snapshot) string {
	return fmt.Sprintf("magic %#x, version %d, capacity %d", s.Magic, s.Version, s.Capacity)
}

func wantCreate(c Cell, f Facts) {
	e := c.e
	f[FactHeader] = e.header
	f[factOpen], f[factAttach], f[factCreate] = e.open, e.open, "exist"
	if c.Mode == Stop {
		f[factAttach] = answerBusy // one that is only stopped holds its role
	}
	f[FactReceived] = "N"
}
