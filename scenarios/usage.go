package scenarios

import (
	"fmt"
	"strings"

	"killpoint/harness"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// Facts of reservations, peeks and ranges.
const (
	factRefusals = "refusals" // what else may not be done meanwhile
	factRanged   = "ranged"   // the messages whose round in a range has ended
	factVictim   = "victim"   // what became of the process that used them
)

// usageCells are about reservations, peeked messages and ranges that do not come
// to their proper end, without anybody dying at a site.
func usageCells() []Cell {
	use := func(id string, want Facts, run func(*cellRun, Cell) Facts) Cell {
		group, _, _ := strings.Cut(id, "/")
		return Cell{ID: "use/" + id, Want: want, More: []string{"use", group}, run: run}
	}
	reserved := func(id string, want Facts, end func(l *cellRun, writer *harness.Child)) Cell {
		return use("reserve/"+id, want, func(l *cellRun, _ Cell) Facts { return runReserved(l, end) })
	}
	ranged := func(id string, want Facts) Cell {
		return use("messages/"+id, want, func(l *cellRun, _ Cell) Facts { return runRange(l, id) })
	}
	lost := Facts{FactReceived: "N", FactNext: sameSlot, FactRing: "sound"}
	return []Cell{
		use("reserve/nothing-else-meanwhile", Facts{
			factRefusals: "push order, try-push order, push-batch order, reserve order", "without one": "commit order",
			FactAtOnce: "nothing", FactReceived: "M",
		}, runReserveOrder),
		reserved("abort", lost, func(l *cellRun, w *harness.Child) { l.call(w, "abort", nil) }),
		reserved("close", lost, func(l *cellRun, w *harness.Child) { l.call(w, "close", nil) }),
		reserved("exit", lost, func(l *cellRun, w *harness.Child) { l.ended(w) }),
		reserved("panic", lost, func(l *cellRun, w *harness.Child) { w.Go("panic", nil); l.waitExit(w) }),
		reserved("commit-less", Facts{FactReceived: "M N", FactNext: behind, FactRing: "sound"},
			func(l *cellRun, w *harness.Child) { l.call(w, "commit", ops.Commit{N: 40}) }),

		use("peek/nothing-else-meanwhile", Facts{factRefusals: "pop order, try-pop order, range order", FactHeld: "o1 o2", FactReceived: "o1 o2 o3"}, runPeekOrder),
		use("peek/empty-with-messages-in-hand", Facts{"answer": "empty", FactReceived: "o1"}, runPeekEmpty),

		ranged("break", Facts{factVictim: alive, factRanged: "o1 o2", FactReceived: "o3"}),
		ranged("panic", Facts{factVictim: "code 2", FactReceived: "o2 o3"}),
		ranged("recover", Facts{factVictim: alive, FactReceived: "o2 o3"}),
		ranged("kill", Facts{factVictim: "signal SIGKILL", FactReceived: "o2 o3"}),
		use("messages/deadline", Facts{"answer": "deadline", FactReceived: "nothing"}, runRangeDeadline),
	}
}

// runReserved has a writer reserve room for M, write M there, and end the
// reservation in some way. Somebody then pushes N.
func runReserved(l *cellRun, end func(*cellRun, *harness.Child)) Facts {
	l.prepare(256, 64)
	l.messages.add("M", 40)
	n := l.messages.add("N", 24)
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	writer := l.joined(ring.WriterSide, "writer", l.join(PollOff))
	l.call(writer, "reserve", ops.Push{Msg: message("M", 100)})
	end(l, writer)
	if _, dead := writer.Exit(); dead {
		writer = l.joined(ring.WriterSide, "successor", l.join(PollOff))
	}
	if l.answer(writer, "push", ops.Push{Msg: n}) == "closed" {
		l.call(writer, "attach", l.join(PollOff))
		l.call(writer, "push", ops.Push{Msg: n})
	}
	l.popUntil(reader, "N")
	s := scene{capacity: 256, slot: 64, sizes: []int{40}}
	return Facts{
		FactReceived: received(l.got...), FactRing: soundness(l.image()),
		FactNext: s.next(ring.Decode(l.image()).Write - uint64(ring.RecordSize(24))),
	}
}

// refusals lists what a child answers to each of these operations.
func (l *cellRun) refusals(c *harness.Child, args any, ops ...string) string {
	var answers []string
	for _, op := range ops {
		answers = append(answers, op+" "+l.answer(c, op, args))
	}
	return strings.Join(answers, ", ")
}

func runReserveOrder(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64)
	m := l.messages.add("M", 40)
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	writer := l.joined(ring.WriterSide, "writer", l.join(PollOff))
	f := Facts{"without one": l.refusals(writer, ops.Commit{}, "commit")}
	l.call(writer, "reserve", ops.Push{Msg: m})
	f[factRefusals] = l.refusals(writer, ops.Push{Msg: l.messages.add("X", 10)}, "push", "try-push", "push-batch", "reserve")
	l.drain(reader)
	f[FactAtOnce] = orNothing(received(l.got...))
	l.call(writer, "commit", ops.Commit{N: 40})
	l.drain(reader)
	f[FactReceived] = received(l.got...)
	return f
}

// runPeekOrder peeks, is refused what would mix with that, and gives all back.
func runPeekOrder(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10), l.messages.add("o2", 20), l.messages.add("o3", 30))
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	var held []string
	held = append(held, l.messages.name(ask[[]byte](l, reader, "peek", ops.Pop{})))
	f := Facts{factRefusals: l.refusals(reader, ops.Pop{}, "pop", "try-pop", "range")}
	held = append(held, l.messages.name(ask[[]byte](l, reader, "peek", ops.Pop{})))
	f[FactHeld] = received(held...)
	l.call(reader, "rewind", nil)
	l.drain(reader)
	f[FactReceived] = received(l.got...)
	return f
}

// runPeekEmpty peeks beyond the last message: with one in hand that must not
// wait, since the writer may be waiting for its room.
func runPeekEmpty(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10))
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	l.call(reader, "peek", ops.Pop{})
	f := Facts{"answer": l.answer(reader, "peek", ops.Pop{})}
	l.call(reader, "rewind", nil)
	l.drain(reader)
	f[FactReceived] = received(l.got...)
	return f
}

// runRange has a reader range over three messages and leave in the body of the
// second one. Whoever reads then gets what was not consumed.
func runRange(l *cellRun, how string) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10), l.messages.add("o2", 20), l.messages.add("o3", 30))
	reader := l.joined(ring.ReaderSide, "victim", l.join(PollOff))
	ranging := reader.Go("range", ops.Range{Last: message("o2", 20), Then: how})
	f := Facts{factVictim: alive}
	switch how {
	case "panic", "kill":
		f[factVictim] = l.waitExit(reader).String()
		reader = l.joined(ring.ReaderSide, "successor", l.join(PollOff))
	case "recover":
		l.wait(ranging, nil)
	case "break":
		var bodies [][]byte
		l.wait(ranging, &bodies)
		var names []string
		for _, body := range bodies {
			names = append(names, l.messages.name(body))
		}
		f[factRanged] = received(names...)
	}
	l.drain(reader)
	f[FactReceived] = received(l.got...)
	return f
}

// runRangeDeadline ranges until there is no message and no time left: all rounds
// that ended have consumed theirs.
func runRangeDeadline(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10), l.messages.add("o2", 20))
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	f := Facts{"answer": l.answer(reader, "range", ops.Range{Timeout: stall})}
	l.drain(reader)
	f[FactReceived] = orNothing(received(l.got...))
	return f
}

// SiteTable is the table of sites in Markdown: from the catalogue and the
// expectations, so that it says what the cells assert.
func SiteTable() string {
	var b strings.Builder
	b.WriteString("| site | standing there | message | peer asleep, polling | peer asleep, not polling | cells |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- |\n")
	for _, s := range ring.Sites() {
		for _, e := range rowsOf(s.Site) {
			site := fmt.Sprintf("`%s`", s.Site)
			if e.where != "" {
				site += "<br>" + e.where
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d |\n", site, s.Done, e.messageWord(), peerWord(e.pollOn), peerWord(e.pollOff), e.cells(s))
		}
	}
	return b.String()
}

func peerWord(word string) string {
	if word == "" {
		return "–"
	}
	return word
}

// messageWord is what becomes of the messages, or of the ring.
func (e expectation) messageWord() string {
	switch {
	case e.open == answerErr:
		return "no ring yet: `ErrLayout`"
	case e.open == answerOK:
		return "ring usable"
	case e.path != "":
		return "the path leads to the " + e.path
	case e.message == Partly:
		return fmt.Sprintf("%d of 4 delivered, the others lost", e.part)
	case e.message == "":
		return "–"
	}
	return e.message
}

// cells is how many cells a row makes.
func (e expectation) cells(s ring.SiteInfo) int {
	return len(e.modes(s.Marker)) * len(e.op.play.variants)
}
