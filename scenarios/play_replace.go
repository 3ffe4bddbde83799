package scenarios

import (
	"os"
	"path/filepath"
	"strings"

	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// Facts of replacing a ring.
const (
	factRefused   = "refused"    // what WithReplace gives while an end is held
	factUntouched = "untouched"  // what a refused one has changed on disk
	factLeftAfter = "left after" // what lies beside the ring's file in the end
)

const (
	freshFile     = "ring.new" // a ring on its way to take the place of another
	freshCapacity = 512        // tells it from the old one, of 256
)

// replace are the arguments of a Create that is to replace a ring.
func (l *cellRun) replace() ops.Join {
	a := l.join(PollOff)
	a.Capacity, a.Replace = freshCapacity, true
	return a
}

// runReplace kills a writer while it replaces a ring with two messages. The
// path leads to one ring or the other at every moment; what was left on the way
// is swept up by the next one, which is refused as long as an end is held.
func runReplace(l *cellRun, c Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10), l.messages.add("o2", 0))
	n := l.messages.add("N", 24)
	victim := l.start(ring.WriterSide, "victim", c.arm())
	replacing := victim.Go("create", l.replace())
	l.die(c, victim)

	f := Facts{FactPath: l.leadsTo(l.atDeath), FactLeft: l.beside()}
	reader := l.start(ring.ReaderSide, "reader")
	f[factOpen] = l.answer(reader, "open", l.join(PollOff))
	if f[factOpen] == answerOK {
		l.drain(reader)
	}
	f[FactAtOnce] = orNothing(received(l.got...))
	writer := l.start(ring.WriterSide, "successor")
	f[factRefused], f[factUntouched] = l.refusedReplace(writer)
	if f[factOpen] == answerOK {
		l.call(reader, "close", nil)
	}
	if c.Mode == Stop {
		l.check(victim.Continue(l.ctx))
		l.wait(replacing, nil)
		writer = victim
	} else {
		l.call(writer, "create", l.replace())
	}
	f[factLeftAfter] = l.beside()
	l.exchange(writer, reader, n)
	if c.Mode == Stop {
		l.finish(victim)
	}
	for name, value := range l.common(c) {
		f[name] = value
	}
	return f
}

// refusedReplace tries to replace a ring that is held, and returns the answer
// and what has changed on disk.
func (l *cellRun) refusedReplace(writer *harness.Child) (answer, changed string) {
	image, files := string(l.image()), l.beside()
	answer = l.answer(writer, "create", l.replace())
	switch {
	case string(l.image()) != image:
		return answer, "the ring"
	case l.beside() != files:
		return answer, "files: " + l.beside()
	}
	return answer, "nothing"
}

// leadsTo tells the ring that the victim found from the one that it made.
func (l *cellRun) leadsTo(image []byte) string {
	s := ring.Decode(image)
	switch {
	case string(image) == string(l.before):
		return oldRing
	case s.Problem == nil && s.Capacity == freshCapacity && s.Write == 0:
		return freshRing
	}
	return s.String()
}

// beside lists the files in the cell's folder other than the ring.
func (l *cellRun) beside() string {
	entries, err := os.ReadDir(filepath.Dir(l.ring))
	l.check(err)
	var names []string
	for _, e := range entries {
		if e.Name() != filepath.Base(l.ring) {
			names = append(names, e.Name())
		}
	}
	return orNothing(strings.Join(names, " "))
}

func wantReplace(c Cell, f Facts) {
	f[FactPath], f[FactLeft], f[FactAtOnce], f[factOpen] = c.e.path, "nothing", "nothing", answerOK
	f[factRefused], f[factUntouched], f[factLeftAfter] = answerBusy, "nothing", "nothing"
	if c.e.path == oldRing {
		f[FactLeft], f[FactAtOnce] = freshFile, "o1 o2"
		if c.Mode == Stop { // both roles of the old ring are held meanwhile
			f[factOpen], f[FactAtOnce] = answerBusy, "nothing"
		}
	}
	f[FactReceived] = received(when(f[FactAtOnce] != "nothing", f[FactAtOnce]), "N")
}

// recreateCells start over after a writer's death: the way of those who do not
// attach. The message in the old ring goes with it, unless a reader has it
// mapped still.
func recreateCells() []Cell {
	return []Cell{
		{
			ID: "recreate/after-writer-crash", Site: ring.WriterAfterWriteAdvance, Role: ring.WriterSide, Mode: Kill,
			More: []string{"recreate"},
			Want: Facts{FactExit: "signal SIGKILL", factCreate: "exist", FactReceived: "N", FactMessage: Lost, FactRing: "sound"},
			run:  runRecreate,
		},
		{
			ID: "recreate/with-live-reader", Site: ring.WriterAfterWriteAdvance, Role: ring.WriterSide, Mode: Kill,
			More: []string{"recreate"},
			Want: Facts{FactExit: "signal SIGKILL", factCreate: "exist", FactReceived: "M N", FactMessage: Delivered, FactRing: "sound"},
			run:  runRecreate,
		},
	}
}

func runRecreate(l *cellRun, c Cell) Facts {
	l.prepare(256, 64)
	m, n := l.messages.add("M", 40), l.messages.add("N", 24)
	reader := l.start(ring.ReaderSide, "reader")
	l.call(reader, "open", l.join(PollOff))

	arm := control.Arm{Site: string(c.Site), Hit: 1, Action: control.Park}
	victim := l.start(ring.WriterSide, "victim", arm)
	victim.Go("attach", l.join(PollOff))
	victim.Go("push", ops.Push{Msg: m})
	l.die(Cell{Site: c.Site, Mode: Kill}, victim)

	create := l.join(PollOff)
	create.Capacity = 256
	successor := l.start(ring.WriterSide, "successor")
	refused := l.answer(successor, "create", create)
	l.check(os.Remove(l.ring))
	l.call(successor, "create", create)
	if c.ID == "recreate/with-live-reader" {
		l.drain(reader)
	}
	l.exchange(successor, reader, n)
	return Facts{
		FactExit:     l.exit,
		factCreate:   refused,
		FactReceived: received(l.got...),
		FactMessage:  map[int]string{0: Lost, 1: Delivered}[l.count("M")],
		FactRing:     soundness(l.image()),
	}
}
