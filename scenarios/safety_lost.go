package scenarios

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/ring"
)

// pages is a capacity of several pages, of which some can go.
const pages = 16384

// truncatedCells cut the file short under a live end, to the header or to
// nothing: that is an error of its operation, and not its death.
func truncatedCells() []Cell {
	var cells []Cell
	want := Facts{"answer": "truncated", "check": "truncated", FactExit: "code 0"}
	for _, size := range []int64{ring.HeaderSize, 0} {
		left := map[int64]string{ring.HeaderSize: "header", 0: "nothing"}[size]
		cut := func(id string, run func(l *lab, cut func()) (*harness.Child, string)) {
			cells = append(cells, safety(fmt.Sprintf("truncated/%s-to-%s", id, left), want, func(l *lab, _ Cell) Facts {
				end, answer := run(l, func() { l.check(os.Truncate(l.ring, size)) })
				return Facts{"answer": answer, "check": l.answer(end, "check", nil), FactExit: l.ended(end)}
			}))
		}
		for _, op := range []string{"push", "try-push", "push-batch", "try-push-batch", "reserve", "commit"} {
			cut(op, func(l *lab, cut func()) (*harness.Child, string) { return l.cutWriter(op, cut) })
		}
		for _, op := range []string{"pop", "try-pop", "peek", "try-peek", "peek-batch", "release"} {
			cut(op, func(l *lab, cut func()) (*harness.Child, string) { return l.cutReader(op, cut) })
		}
		for _, s := range sides {
			cut("asleep-"+string(s.side), func(l *lab, cut func()) (*harness.Child, string) { return l.cutSleeper(s.side, cut) })
			cut("cancelled-"+string(s.side), func(l *lab, cut func()) (*harness.Child, string) { return l.cutCancelled(s.side, cut) })
		}
	}
	return cells
}

func (l *lab) cutWriter(op string, cut func()) (*harness.Child, string) {
	l.prepare(pages, 0)
	msg := l.messages.add("M", 40)
	writer := l.joined(ring.WriterSide, "writer", l.join(PollOff))
	if op == "commit" {
		l.call(writer, "reserve", pushArgs{Msg: msg})
	}
	cut()
	switch op {
	case "push-batch", "try-push-batch":
		return writer, l.answer(writer, op, batchArgs{Msgs: [][]byte{msg}})
	case "commit":
		return writer, l.answer(writer, op, commitArgs{N: len(msg)})
	case "reserve": // stores nothing: with the header left, commit is what fails
		answer := l.answer(writer, op, pushArgs{})
		if answer == answerOK && len(l.image()) > 0 {
			answer = l.answer(writer, "commit", commitArgs{})
		}
		return writer, answer
	}
	return writer, l.answer(writer, op, pushArgs{Msg: msg})
}

func (l *lab) cutReader(op string, cut func()) (*harness.Child, string) {
	l.prepare(pages, 0, l.messages.add("o1", 40), l.messages.add("o2", 20))
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	if op == "release" {
		// To consume is to store in the header: if that is left, the next
		// message is what cannot be reached.
		l.call(reader, "peek", popArgs{})
		cut()
		answer := l.answer(reader, op, nil)
		if answer == answerOK && len(l.image()) > 0 {
			answer = l.answer(reader, "peek", popArgs{})
		}
		return reader, answer
	}
	cut()
	return reader, l.answer(reader, op, map[string]int{"Max": 2})
}

// sleeps has a new end sleep for good, at a full or an empty ring of several
// pages.
func (l *lab) sleeps(side ring.Side, v Variant, cancel time.Duration) (*harness.Child, *harness.Pending) {
	op, args, word := "pop", any(popArgs{Cancel: cancel}), int64(ring.DataAvailOffset)
	if side == ring.WriterSide {
		op, args, word = "push", pushArgs{Msg: l.messages.add("P", 60), Cancel: cancel}, ring.SpaceAvailOffset
	}
	end := l.joined(side, "sleeper", l.join(v))
	sleeping := end.Go(op, args)
	if _, err := end.WaitAsleep(l.ctx, l.ring, word, nil); err != nil && cancel == 0 {
		l.check(err)
	}
	return end, sleeping
}

// fullOrEmpty makes the ring at which an end of that side sleeps.
func (l *lab) fullOrEmpty(side ring.Side) {
	if side == ring.WriterSide {
		l.prepare(pages, 0, make([]byte, pages-4))
	} else {
		l.prepare(pages, 0)
	}
}

func (l *lab) cutSleeper(side ring.Side, cut func()) (*harness.Child, string) {
	l.fullOrEmpty(side)
	end, sleeping := l.sleeps(side, PollOn, 0)
	cut()
	return end, l.answerTo(sleeping)
}

// cutCancelled cancels a sleep without polling that no wake-up can reach, because
// the page of its word has gone.
func (l *lab) cutCancelled(side ring.Side, cut func()) (*harness.Child, string) {
	for cancel := 50 * time.Millisecond; ; cancel *= 2 {
		os.Remove(l.ring)
		l.messages = book{}
		l.fullOrEmpty(side)
		asked := control.Now()
		end, sleeping := l.sleeps(side, PollOff, cancel)
		cut()
		inTime := control.Now()-asked < int64(cancel)
		_, err := sleeping.Answer(l.ctx) // no futex wait ends it, but its own clock
		l.check(err)
		answer := l.answerTo(sleeping)
		if inTime { // the file was cut before the sleep was cancelled
			if answer == "canceled" && len(l.image()) > 0 {
				// All of the header is there: the sleep ends as any other.
				answer = l.answer(end, "check", nil)
			}
			return end, answer
		}
		_, err = end.Kill()
		l.check(err)
	}
}

// away are the ways in which a file can leave its path.
var away = []struct {
	name string
	take func(l *lab, old string)
}{
	{"unlinked", func(l *lab, _ string) { l.check(os.Remove(l.ring)) }},
	{"moved", func(l *lab, old string) { l.check(os.Rename(l.ring, old)) }},
	{"replaced", func(l *lab, old string) {
		l.check(os.Rename(l.ring, old))
		l.prepare(pages, 0)
	}},
}

// replacedCells take the file from its path under a live end: one that polls
// notices, after it has delivered what is in the ring that it has.
func replacedCells() []Cell {
	var cells []Cell
	for _, way := range away {
		for _, s := range sides {
			cells = append(cells, safety(fmt.Sprintf("replaced/%s-asleep-%s", way.name, s.side),
				Facts{"answer": "replaced", "check": "replaced", FactExit: "code 0"},
				func(l *lab, _ Cell) Facts {
					old := filepath.Join(l.dir, "ring.old")
					l.fullOrEmpty(s.side)
					end, sleeping := l.sleeps(s.side, PollOn, 0)
					way.take(l, old)
					answer := l.notices(end, sleeping, old)
					return Facts{"answer": answer, "check": l.answer(end, "check", nil), FactExit: l.ended(end)}
				}))
		}
		cells = append(cells, safety("replaced/"+way.name+"-with-messages-left",
			Facts{FactReceived: "o1 o2", "answer": "replaced", FactExit: "code 0"},
			func(l *lab, _ Cell) Facts {
				old := filepath.Join(l.dir, "ring.old")
				l.prepare(pages, 0, l.messages.add("o1", 40), l.messages.add("o2", 20))
				reader := l.joined(ring.ReaderSide, "reader", l.join(PollOn))
				way.take(l, old)
				for range 2 {
					l.note(reader, ask[[]byte](l, reader, "pop", popArgs{}))
				}
				answer := l.notices(reader, reader.Go("pop", popArgs{}), old)
				return Facts{FactReceived: received(l.got...), "answer": answer, FactExit: l.ended(reader)}
			}))
	}
	return cells
}

// notices waits for the end of a wait that polls. Seen in several sleeps after the
// file has gone, it has looked between two of them and not noticed.
func (l *lab) notices(end *harness.Child, p *harness.Pending, old string) string {
	sleeps := map[int64]bool{}
	for l.ctx.Err() == nil {
		for _, path := range []string{l.ring, old} {
			waits, err := end.FutexWaits(path)
			l.check(err)
			for _, w := range waits {
				sleeps[w.Sleeps] = true
			}
		}
		if _, done := p.Reply(); done {
			return l.answerTo(p)
		}
		if len(sleeps) > 5 {
			l.fail("%s goes on polling beside a file that has gone", end.Name())
		}
		pause := unix.NsecToTimespec(int64(30 * time.Microsecond))
		unix.Nanosleep(&pause, nil)
	}
	panic(broken{fmt.Errorf("%w: %s neither ends nor polls (%v)", harness.ErrDeadline, end.Name(), context.Cause(l.ctx))})
}
