package scenarios

import (
	"os"

	"killpoint/harness/control"
	"killpoint/ring"
)

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

func runRecreate(l *lab, c Cell) Facts {
	l.prepare(256, 64)
	m, n := l.messages.add("M", 40), l.messages.add("N", 24)
	reader := l.start(ring.ReaderSide, "reader")
	l.call(reader, "open", l.join(PollOff))

	arm := control.Arm{Site: string(c.Site), Hit: 1, Action: control.Park}
	victim := l.start(ring.WriterSide, "victim", arm)
	victim.Go("attach", l.join(PollOff))
	victim.Go("push", pushArgs{Msg: m})
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
