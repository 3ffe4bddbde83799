package scenarios

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/ring"
)

// stall is a stall time-out that is to pass.
const stall = 20 * time.Millisecond

func stallCells() []Cell {
	var cells []Cell
	for _, s := range sides {
		for _, state := range []struct{ name, answer string }{
			{"never-came", "peer-dead"},
			{"killed", "peer-dead"},
			{"closed", "peer-dead"},
			{"stopped", "peer-stalled"},
			{"idle", "peer-stalled"},
		} {
			for _, poll := range []Variant{PollOn, PollOff} {
				cell := safety(fmt.Sprintf("stall/%s-peer-%s/%s", s.side, state.name, poll),
					Facts{"answer": state.answer, "then": answerOK, FactRing: "sound"},
					func(l *lab, _ Cell) Facts { return runStall(l, s.side, s.other, state.name, poll) })
				cell.Variant = poll
				cells = append(cells, cell)
			}
		}
	}
	return append(cells,
		safety("stall/starts-anew-when-the-peer-moves", Facts{"time left": "starts anew"}, runStallMoving),
		safety("stall/last-look-before-the-error", Facts{FactReceived: "M"}, runStallLastLook),
	)
}

// runStall has one end wait for another that will not move, and then for one
// that does.
func runStall(l *lab, side, other ring.Side, state string, v Variant) Facts {
	if side == ring.WriterSide {
		l.full(popping)
	} else {
		l.prepare(256, 64)
	}
	var peer *harness.Child
	if state != "never-came" {
		peer = l.joined(other, "peer", l.join(PollOff))
	}
	switch state {
	case "killed":
		_, err := peer.Kill()
		l.check(err)
	case "closed":
		l.call(peer, "close", nil)
	case "stopped":
		l.check(peer.Stop(l.ctx))
	}
	join := l.join(v)
	join.Stall = stall
	waiter := l.joined(side, "waiter", join)
	op, args := "pop", any(popArgs{})
	if side == ring.WriterSide {
		op, args = "push", pushArgs{Msg: l.messages.add("P", 60)}
	}
	f := Facts{"answer": l.answer(waiter, op, args)}
	switch state {
	case "stopped":
		l.check(peer.Continue(l.ctx))
	case "idle":
	default:
		peer = l.joined(other, "successor", l.join(PollOff))
	}
	if other == ring.WriterSide {
		l.call(peer, "push", pushArgs{Msg: l.messages.add("M", 40)})
	} else {
		l.pop(peer)
	}
	f["then"] = l.answer(waiter, op, args)
	f[FactRing] = soundness(l.image())
	return f
}

// runStallMoving frees room bit by bit for a writer that needs much: a peer that
// moves is neither dead nor stalled. What the writer asks the kernel to sleep for
// must begin anew with each move.
func runStallMoving(l *lab, _ Cell) Facts {
	l.prepare(256, 0, l.messages.add("o1", 20), l.messages.add("o2", 20), l.messages.add("o3", 20), l.messages.add("o4", 140))
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	join := l.join(PollOff)
	join.Stall = time.Hour
	writer := l.joined(ring.WriterSide, "writer", join)
	writer.Go("push", pushArgs{Msg: l.messages.add("P", 200)})
	last := l.waitAsleep(writer, ring.SpaceAvailOffset, nil)
	asleep := control.Now()
	for gap := 5 * time.Millisecond; gap < time.Second; gap *= 8 {
		pause := unix.NsecToTimespec(int64(gap))
		unix.Nanosleep(&pause, nil)
		moved := control.Now()
		l.pop(reader)
		last = l.waitAsleep(writer, ring.SpaceAvailOffset, func(w harness.FutexWait) bool { return w.Sleeps > last.Sleeps })
		seen := control.Now()
		switch {
		case last.Timeout == nil:
			return Facts{"time left": noTimeout}
		case *last.Timeout > time.Hour-time.Duration(moved-asleep): // less has passed since then
			return Facts{"time left": "starts anew"}
		case seen-moved < moved-asleep:
			return Facts{"time left": last.Timeout.String()}
		} // it came too late to tell
	}
	panic(broken{fmt.Errorf("%w: the writer was always too slow to go back to sleep", harness.ErrDeadline)})
}

// runStallLastLook has a writer die before its signal while a reader that does
// not poll sleeps until its stall time-out: it must find the message.
func runStallLastLook(l *lab, _ Cell) Facts {
	l.prepare(256, 64)
	return l.lastLook(func(reader *harness.Child, timeout time.Duration) *harness.Pending {
		join := l.join(PollOff)
		join.Stall = timeout
		l.call(reader, "open", join)
		return reader.Go("pop", popArgs{})
	})
}
