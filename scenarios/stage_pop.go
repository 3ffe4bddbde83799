package scenarios

import (
	"maps"
	"strings"

	"killpoint/harness"
	"killpoint/ring"
)

// full makes a ring that is full, with older messages. There is room for P once
// those that the stage's victim takes have gone; in the skipping scenes, once
// the marker before them has.
func (l *cellRun) full(s stage) {
	switch s {
	case skipping, peekSkipping:
		l.prepare(256, 192, l.messages.add("o1", 100), l.messages.add("o2", 84))
	case peekingOver: // the marker is behind o1
		l.prepare(256, 128, l.messages.add("o1", 60), l.messages.add("o2", 84), l.messages.add("o3", 20))
	case emptying:
		l.prepare(256, 256, l.messages.add("o1", 252))
	default:
		l.prepare(256, 64, l.messages.add("o1", 60), l.messages.add("o2", 0), l.messages.add("o3", 52),
			l.messages.add("o4", 60), l.messages.add("o5", 60))
	}
}

// taken says what a victim takes in the stage's scene: from which read index to
// which, and how many of the older messages, of which there are so many.
func (s stage) taken() (from, to uint64, taken, all int) {
	switch s {
	case skipping, peekSkipping:
		return 192, 360, 1, 2
	case peekingOver:
		return 128, 344, 2, 3
	case peeking, peekingBatch:
		return 64, 192, 3, 5
	case emptying:
		return 256, 512, 1, 1
	}
	return 64, 128, 1, 5
}

// takes is the operation by which the stage's victim takes a message.
func (s stage) takes() string {
	switch s {
	case peeking, peekingBatch, peekingOver, peekSkipping, peekWaiting:
		return "peek"
	}
	return "pop"
}

// takers has the victim take what the stage says, and returns the calls that
// give it messages, and the last one.
func (s stage) takers(victim *harness.Child) (calls []*harness.Pending, last *harness.Pending) {
	_, _, taken, _ := s.taken()
	if s == peekingBatch {
		victim.Go("peek-batch", map[string]int{"Max": taken})
		taken = 0
	}
	for range taken {
		last = victim.Go(s.takes(), popArgs{})
		calls = append(calls, last)
	}
	if s.takes() == "peek" {
		last = victim.Go("release", releaseArgs{Look: true})
	}
	return calls, last
}

// runPop kills a reader while it takes the oldest messages from a full ring.
// The writer has been asleep since before, wanting room for P, or comes late and
// tries. A successor then pops all there is, up to N.
func runPop(l *cellRun, c Cell) Facts {
	l.full(c.e.stage)
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
	taking, last := c.e.stage.takers(victim)
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
	had := strings.Fields(held)
	if c.Mode == Stop {
		for _, call := range taking {
			l.receive(victim, call, ring.DataAvailOffset)
		}
		l.wait(last, nil)
		had, l.got = l.got, nil
	} else if c.e.stage == emptying {
		l.popLater(successor) // finds nothing, and that is what wakes the writer
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
	from, to, _, _ := c.e.stage.taken()
	f[FactRead] = moved(dead.Read, from, to-from, 256)
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
	_, _, taken, _ := e.stage.taken()
	switch {
	case e.site == ring.ReaderAfterPeek || e.site == ring.ReaderBeforeRelease:
		return e.part
	case e.message == Safe:
		return 0
	}
	return taken
}

func wantPop(c Cell, f Facts) {
	_, _, taken, all := c.e.stage.taken()
	older := []string{"o1", "o2", "o3", "o4", "o5"}[:all]
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
		older = older[taken:]
	}
	f[FactReceived] = received(append(older, "P", "N")...)
}
