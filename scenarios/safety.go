package scenarios

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// safetyCells are about promises that hold wherever a process stands: who holds
// an end, what a dead, stopped, confused or hostile peer can do, and what becomes
// of a file that is changed behind the back of its ends.
func safetyCells() []Cell {
	return slices.Concat(roleCells(), stallCells(), truncatedCells(), replacedCells(), fileCells(), hostileCells())
}

// safety makes such a cell. The first part of its id is a label.
func safety(id string, want Facts, run func(*cellRun, Cell) Facts) Cell {
	group, _, _ := strings.Cut(id, "/")
	return Cell{ID: "safety/" + id, Want: want, More: []string{"safety", group}, run: run}
}

// sides are both, each with the operation by which a process becomes it.
var sides = []struct {
	side, other ring.Side
	join        string
	otherJoin   string
}{
	{ring.WriterSide, ring.ReaderSide, "attach", "open"},
	{ring.ReaderSide, ring.WriterSide, "open", "attach"},
}

// joined starts a process that holds an end.
func (l *cellRun) joined(side ring.Side, name string, a ops.Join) *harness.Child {
	c := l.start(side, name)
	l.call(c, map[ring.Side]string{ring.WriterSide: "attach", ring.ReaderSide: "open"}[side], a)
	return c
}

// answerTo names how a call under way ended, as answer does.
func (l *cellRun) answerTo(p *harness.Pending) string {
	return named(l.until(func(ctx context.Context) error { return p.Wait(ctx, nil) }))
}

// ask has a child do something and returns its result.
func ask[R any](l *cellRun, c *harness.Child, op string, args any) (result R) {
	l.wait(c.Go(op, args), &result)
	return result
}

// ended ends a child that must be alive still, and tells how it ended.
func (l *cellRun) ended(c *harness.Child) string {
	exit, err := c.Finish(l.ctx)
	l.check(err)
	return exit.String()
}

// pages is a capacity of several pages, of which some can go.
const pages = 16384

// truncatedCells cut the file short under a live end, to the header or to
// nothing: that is an error of its operation, and not its death.
func truncatedCells() []Cell {
	var cells []Cell
	want := Facts{"answer": "truncated", "check": "truncated", FactExit: "code 0"}
	for _, size := range []int64{ring.HeaderSize, 0} {
		left := map[int64]string{ring.HeaderSize: "header", 0: "nothing"}[size]
		cut := func(id string, run func(l *cellRun, cut func()) (*harness.Child, string)) {
			cells = append(cells, safety(fmt.Sprintf("truncated/%s-to-%s", id, left), want, func(l *cellRun, _ Cell) Facts {
				end, answer := run(l, func() { l.check(os.Truncate(l.ring, size)) })
				return Facts{"answer": answer, "check": l.answer(end, "check", nil), FactExit: l.ended(end)}
			}))
		}
		for _, op := range []string{"push", "try-push", "push-batch", "try-push-batch", "reserve", "commit"} {
			cut(op, func(l *cellRun, cut func()) (*harness.Child, string) { return l.cutWriter(op, cut) })
		}
		for _, op := range []string{"pop", "try-pop", "peek", "try-peek", "peek-batch", "release"} {
			cut(op, func(l *cellRun, cut func()) (*harness.Child, string) { return l.cutReader(op, cut) })
		}
		for _, s := range sides {
			cut("asleep-"+string(s.side), func(l *cellRun, cut func()) (*harness.Child, string) { return l.cutSleeper(s.side, cut) })
			cut("cancelled-"+string(s.side), func(l *cellRun, cut func()) (*harness.Child, string) { return l.cutCancelled(s.side, cut) })
		}
	}
	return cells
}

func (l *cellRun) cutWriter(op string, cut func()) (*harness.Child, string) {
	l.prepare(pages, 0)
	msg := l.messages.add("M", 40)
	writer := l.joined(ring.WriterSide, "writer", l.join(PollOff))
	if op == "commit" {
		l.call(writer, "reserve", ops.Push{Msg: msg})
	}
	cut()
	switch op {
	case "push-batch", "try-push-batch":
		return writer, l.answer(writer, op, ops.Batch{Msgs: [][]byte{msg}})
	case "commit":
		return writer, l.answer(writer, op, ops.Commit{N: len(msg)})
	case "reserve": // stores nothing: with the header left, commit is what fails
		answer := l.answer(writer, op, ops.Push{})
		if answer == answerOK && len(l.image()) > 0 {
			answer = l.answer(writer, "commit", ops.Commit{})
		}
		return writer, answer
	}
	return writer, l.answer(writer, op, ops.Push{Msg: msg})
}

func (l *cellRun) cutReader(op string, cut func()) (*harness.Child, string) {
	l.prepare(pages, 0, l.messages.add("o1", 40), l.messages.add("o2", 20))
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	if op == "release" {
		// To consume is to store in the header: if that is left, the next
		// message is what cannot be reached.
		l.call(reader, "peek", ops.Pop{})
		cut()
		answer := l.answer(reader, op, nil)
		if answer == answerOK && len(l.image()) > 0 {
			answer = l.answer(reader, "peek", ops.Pop{})
		}
		return reader, answer
	}
	cut()
	return reader, l.answer(reader, op, ops.PeekBatch{Max: 2})
}

// sleeps has a new end sleep for good, at a full or an empty ring of several
// pages.
func (l *cellRun) sleeps(side ring.Side, v Variant, cancel time.Duration) (*harness.Child, *harness.Pending) {
	op, args, word := "pop", any(ops.Pop{Cancel: cancel}), int64(ring.DataAvailOffset)
	if side == ring.WriterSide {
		op, args, word = "push", ops.Push{Msg: l.messages.add("P", 60), Cancel: cancel}, ring.SpaceAvailOffset
	}
	end := l.joined(side, "sleeper", l.join(v))
	sleeping := end.Go(op, args)
	if _, err := end.WaitAsleep(l.ctx, l.ring, word, nil); err != nil && cancel == 0 {
		l.check(err)
	}
	return end, sleeping
}

// fullOrEmpty makes the ring at which an end of that side sleeps.
func (l *cellRun) fullOrEmpty(side ring.Side) {
	if side == ring.WriterSide {
		l.prepare(pages, 0, make([]byte, pages-4))
	} else {
		l.prepare(pages, 0)
	}
}

func (l *cellRun) cutSleeper(side ring.Side, cut func()) (*harness.Child, string) {
	l.fullOrEmpty(side)
	end, sleeping := l.sleeps(side, PollOn, 0)
	cut()
	return end, l.answerTo(sleeping)
}

// cutCancelled cancels a sleep without polling that no wake-up can reach, because
// the page of its word has gone.
func (l *cellRun) cutCancelled(side ring.Side, cut func()) (*harness.Child, string) {
	for cancel := 50 * time.Millisecond; ; cancel *= 2 {
		os.Remove(l.ring)
		l.messages = knownMessages{}
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
	take func(l *cellRun, old string)
}{
	{"unlinked", func(l *cellRun, _ string) { l.check(os.Remove(l.ring)) }},
	{"moved", func(l *cellRun, old string) { l.check(os.Rename(l.ring, old)) }},
	{"replaced", func(l *cellRun, old string) {
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
				func(l *cellRun, _ Cell) Facts {
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
			func(l *cellRun, _ Cell) Facts {
				old := filepath.Join(l.dir, "ring.old")
				l.prepare(pages, 0, l.messages.add("o1", 40), l.messages.add("o2", 20))
				reader := l.joined(ring.ReaderSide, "reader", l.join(PollOn))
				way.take(l, old)
				for range 2 {
					l.note(reader, ask[[]byte](l, reader, "pop", ops.Pop{}))
				}
				answer := l.notices(reader, reader.Go("pop", ops.Pop{}), old)
				return Facts{FactReceived: received(l.got...), "answer": answer, FactExit: l.ended(reader)}
			}))
	}
	return cells
}

// notices waits for the end of a wait that polls. Seen in several sleeps after the
// file has gone, it has looked between two of them and not noticed.
func (l *cellRun) notices(end *harness.Child, p *harness.Pending, old string) string {
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
					func(l *cellRun, _ Cell) Facts { return runStall(l, s.side, s.other, state.name, poll) })
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
func runStall(l *cellRun, side, other ring.Side, state string, v Variant) Facts {
	if side == ring.WriterSide {
		l.fill(fullRing)
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
	op, args := "pop", any(ops.Pop{})
	if side == ring.WriterSide {
		op, args = "push", ops.Push{Msg: l.messages.add("P", 60)}
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
		l.call(peer, "push", ops.Push{Msg: l.messages.add("M", 40)})
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
func runStallMoving(l *cellRun, _ Cell) Facts {
	l.prepare(256, 0, l.messages.add("o1", 20), l.messages.add("o2", 20), l.messages.add("o3", 20), l.messages.add("o4", 140))
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	join := l.join(PollOff)
	join.Stall = time.Hour
	writer := l.joined(ring.WriterSide, "writer", join)
	writer.Go("push", ops.Push{Msg: l.messages.add("P", 200)})
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

// runStallLastLook kills a writer before its signal while a reader that does
// not poll sleeps until its stall time-out: it must find the message.
func runStallLastLook(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64)
	return l.lastLook(func(reader *harness.Child, timeout time.Duration) *harness.Pending {
		join := l.join(PollOff)
		join.Stall = timeout
		l.call(reader, "open", join)
		return reader.Go("pop", ops.Pop{})
	})
}

// Facts about who holds an end.
const (
	factSecond     = "second"      // what a second one gets while the first lives
	factSecondThen = "second then" // and after what happened to the first
	factPeerBefore = "peer before" // what PeerAlive says of the first before it came,
	factPeerLives  = "peer lives"  // while it lives,
	factPeerThen   = "peer then"   // and after what happened to it
	factHelper     = "helper"      // the process that the first one started
)

const (
	alive = "alive"
	gone  = "gone"
)

// fates are what can happen to the owner of an end, and whether it then holds it
// still.
var fates = []struct {
	name  string
	holds bool
	exit  string
	bring func(*cellRun, *harness.Child)
}{
	{"killed", false, "signal SIGKILL", func(l *cellRun, c *harness.Child) { _, err := c.Kill(); l.check(err) }},
	{"panicking", false, "code 2", func(l *cellRun, c *harness.Child) { c.Go("panic", nil); l.waitExit(c) }},
	{"finished", false, "code 0", func(l *cellRun, c *harness.Child) { l.ended(c) }},
	{"closed", false, alive, func(l *cellRun, c *harness.Child) { l.call(c, "close", nil) }},
	{"stopped", true, alive, func(l *cellRun, c *harness.Child) { l.check(c.Stop(l.ctx)) }},
}

func roleCells() []Cell {
	var cells []Cell
	for _, s := range sides {
		for _, fate := range fates {
			want := Facts{
				factPeerBefore: gone, factPeerLives: alive, factSecond: answerBusy,
				FactExit: fate.exit, factPeerThen: gone, factSecondThen: answerOK,
			}
			if fate.holds {
				want[factPeerThen], want[factSecondThen] = alive, answerBusy
			}
			cells = append(cells, safety(fmt.Sprintf("role/second-%s-first-%s", s.side, fate.name), want, func(l *cellRun, _ Cell) Facts {
				l.prepare(256, 64)
				peer := l.joined(s.other, "peer", l.join(PollOff))
				f := Facts{factPeerBefore: l.peerAlive(peer)}
				first := l.joined(s.side, "first", l.join(PollOff))
				second := l.start(s.side, "second")
				f[factPeerLives] = l.peerAlive(peer)
				f[factSecond] = l.answer(second, s.join, l.join(PollOff))
				fate.bring(l, first)
				f[FactExit] = alive
				if exit, ok := first.Exit(); ok {
					f[FactExit] = exit.String()
				}
				f[factPeerThen] = l.peerAlive(peer)
				f[factSecondThen] = l.answer(second, s.join, l.join(PollOff))
				return f
			}))
		}
		cells = append(cells, safety(fmt.Sprintf("role/%s-is-not-inherited", s.side),
			Facts{factHelper: alive, factPeerThen: gone, factSecondThen: answerOK},
			func(l *cellRun, _ Cell) Facts { return runInherit(l, s.side, s.other, s.join) }),
			safety(fmt.Sprintf("role/%s-twice-in-one-process", s.side), Facts{"again": answerBusy, factSecond: answerBusy},
				func(l *cellRun, _ Cell) Facts {
					l.prepare(256, 64)
					first := l.joined(s.side, "first", l.join(PollOff))
					f := Facts{"again": l.answer(first, s.join+"-again", l.join(PollOff))}
					f[factSecond] = l.answer(l.start(s.side, "second"), s.join, l.join(PollOff))
					return f
				}))
	}
	return cells
}

// peerAlive is what PeerAlive says.
func (l *cellRun) peerAlive(c *harness.Child) string {
	if ask[bool](l, c, "peer-alive", nil) {
		return alive
	}
	return gone
}

// runInherit has the owner of an end start another program and die: the role
// must not live on in that.
func runInherit(l *cellRun, side, other ring.Side, join string) Facts {
	l.prepare(256, 64)
	fifo := filepath.Join(l.dir, "leash")
	l.check(unix.Mkfifo(fifo, 0o600))
	leash, err := os.OpenFile(fifo, os.O_RDWR, 0) // the helper ends when this is closed
	l.check(err)
	defer leash.Close()
	owner := l.joined(side, "owner", l.join(PollOff))
	peer := l.joined(other, "peer", l.join(PollOff))
	helper := ask[int](l, owner, "help", map[string]string{"FIFO": fifo})
	pidfd, err := unix.PidfdOpen(helper, 0)
	l.check(err)
	defer unix.Close(pidfd)
	_, err = owner.Kill()
	l.check(err)
	f := Facts{factPeerThen: l.peerAlive(peer), factHelper: l.runs(helper, owner.Program())}
	f[factSecondThen] = l.answer(l.start(side, "second"), join, l.join(PollOff))
	l.check(leash.Close())
	for l.ctx.Err() == nil {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 1000)
		if n > 0 || err != nil && err != unix.EINTR {
			break
		}
	}
	return f
}

// runs reports whether the process runs that program, not dead and unwaited for.
func (l *cellRun) runs(pid int, program string) string {
	exe, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	if err != nil {
		return err.Error()
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	l.check(err)
	_, state, _ := strings.Cut(string(stat), ") ")
	if exe != program || strings.HasPrefix(state, "Z") {
		return fmt.Sprintf("%s, state %.1s", exe, state)
	}
	return alive
}

func fileCells() []Cell {
	return []Cell{
		safety("file/symlink-is-refused", Facts{
			factOpen: "layout", factAttach: "layout", "replace": "layout", factCreate: "exist", "dangling": "exist",
			"through a linked folder": answerOK, "image": unmoved, "files": "dangling folder link",
		}, runSymlink),
		safety("file/mode-is-0600", Facts{"created": "-rw-------", "replaced": "-rw-------"}, runMode),
		safety("file/full-disk-is-an-error", Facts{
			"too large": "no-space", "left": "nothing", "fits": answerOK, "filled": "full",
			"replace": "no-space", "left then": "ring", factAttach: answerOK,
		}, runDisk),
		safety("file/populated", Facts{FactReceived: "M", FactRing: "sound"}, runPopulate),
		safety("replace/live-writer", Facts{factRefused: answerBusy, factUntouched: "nothing", "then": answerOK},
			func(l *cellRun, _ Cell) Facts { return runReplaceLive(l, ring.WriterSide) }),
		safety("replace/live-reader", Facts{factRefused: answerBusy, factUntouched: "nothing", "then": answerOK},
			func(l *cellRun, _ Cell) Facts { return runReplaceLive(l, ring.ReaderSide) }),
		safety("replace/no-ring-is-left-alone", Facts{
			"text": "layout", "zeros, then data": "layout", "ten zeros and text": "layout", "zeros of no ring's size": "layout",
			"fresh file is text": "layout", "fresh file is zeros, then data": "layout",
			"half-made": answerOK, "capacity stored": answerOK, "empty": answerOK, "missing": answerOK,
		}, runReplaceOthers),
	}
}

// runSymlink names a ring by a link, which somebody else may have put there.
func runSymlink(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10))
	before := l.image()
	at := func(name string) ops.Join {
		a := l.join(PollOff)
		a.Path, a.Capacity = filepath.Join(l.dir, name), 256
		return a
	}
	l.check(os.Symlink(l.ring, at("link").Path))
	l.check(os.Symlink(at("nowhere").Path, at("dangling").Path))
	l.check(os.Symlink(l.dir, at("folder").Path))
	writer, reader := l.start(ring.WriterSide, "writer"), l.start(ring.ReaderSide, "reader")
	replace := at("link")
	replace.Replace = true
	f := Facts{
		factOpen:                  l.answer(reader, "open", at("link")),
		factAttach:                l.answer(writer, "attach", at("link")),
		"replace":                 l.answer(writer, "create", replace),
		factCreate:                l.answer(writer, "create", at("link")),
		"dangling":                l.answer(writer, "create", at("dangling")),
		"through a linked folder": l.answer(reader, "open", at("folder/ring")),
		"image":                   unmoved,
		"files":                   l.beside(),
	}
	if after := l.image(); string(after) != string(before) {
		f["image"] = firstDifference(before, after)
	}
	return f
}

// runMode creates and replaces a ring in a process whose umask takes nothing
// away.
func runMode(l *cellRun, _ Cell) Facts {
	writer := l.start(ring.WriterSide, "writer")
	l.call(writer, "umask", map[string]int{"Mask": 0})
	f := Facts{}
	for _, name := range []string{"created", "replaced"} {
		a := l.join(PollOff)
		a.Path, a.Capacity, a.Replace = filepath.Join(l.dir, name), 256, name == "replaced"
		if a.Replace {
			l.check(os.WriteFile(a.Path, nil, 0o666)) // what is left of a create
		}
		l.call(writer, "create", a)
		info, err := os.Stat(a.Path)
		l.check(err)
		f[name] = info.Mode().String()
	}
	return f
}

// runDisk creates rings on a file system that is too small for some.
func runDisk(l *cellRun, _ Cell) Facts {
	writer := l.run(l.programs.Plain, harness.Config{Name: "writer", Role: string(ring.WriterSide), OwnMounts: true})
	dir := filepath.Join(l.dir, "disk")
	l.check(os.Mkdir(dir, 0o700))
	err := writer.Call(l.ctx, "disk", map[string]any{"Dir": dir, "Size": 256 << 10}, nil)
	var failed *harness.CallError
	if errors.As(err, &failed) && failed.Matches("not-allowed") {
		panic(broken{fmt.Errorf("a small file system cannot be mounted here: %s", failed.Text)})
	}
	l.check(err)
	left := func() string {
		return orNothing(strings.Join(ask[[]string](l, writer, "files", map[string]string{"Dir": dir}), " "))
	}
	small := l.join(PollOff)
	small.Path, small.Capacity = filepath.Join(dir, "ring"), 128<<10
	large := small
	large.Capacity = 1 << 20
	f := Facts{"too large": l.answer(writer, "create", large), "left": left(), "fits": l.answer(writer, "create", small)}
	if f["fits"] != answerOK {
		return f
	}
	for f["filled"] = answerOK; f["filled"] == answerOK; {
		f["filled"] = l.answer(writer, "try-push", ops.Push{Msg: make([]byte, 4000)})
	}
	l.call(writer, "close", nil)
	large.Replace = true
	f["replace"], f["left then"] = l.answer(writer, "create", large), left()
	f[factAttach] = l.answer(writer, "attach", small)
	return f
}

// runPopulate has both ends put all pages in place, one of them beside a message.
func runPopulate(l *cellRun, _ Cell) Facts {
	join := l.join(PollOff)
	join.Capacity, join.Populate = pages, true
	writer, reader := l.start(ring.WriterSide, "writer"), l.start(ring.ReaderSide, "reader")
	l.call(writer, "create", join)
	l.call(writer, "push", ops.Push{Msg: l.messages.add("M", 40)})
	l.call(reader, "open", join)
	l.pop(reader)
	return Facts{FactReceived: received(l.got...), FactRing: soundness(l.image())}
}

// runReplaceLive replaces a ring that has one live end, and again once that has
// been killed.
func runReplaceLive(l *cellRun, side ring.Side) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10))
	holder := l.joined(side, "holder", l.join(PollOff))
	writer := l.start(ring.WriterSide, "writer")
	f := Facts{}
	f[factRefused], f[factUntouched] = l.refusedReplace(writer)
	_, err := holder.Kill()
	l.check(err)
	f["then"] = l.answer(writer, "create", l.replace())
	return f
}

// runReplaceOthers has a writer replace what is no ring: only what a create can
// have left may go.
func runReplaceOthers(l *cellRun, _ Cell) Facts {
	writer := l.start(ring.WriterSide, "writer")
	f := Facts{"missing": l.answer(writer, "create", l.replace())}
	l.call(writer, "close", nil)
	put := func(name, path, text string) {
		l.check(os.WriteFile(path, []byte(text), 0o600))
		f[name] = l.answer(writer, "create", l.replace())
		if f[name] == answerOK {
			l.call(writer, "close", nil)
		} else if now, err := os.ReadFile(path); err != nil || string(now) != text {
			f[name] += ", and the file is another now"
		}
		l.check(os.RemoveAll(path)) // if it is there still
	}
	zeros := func(n int64) string { return strings.Repeat("\x00", int(n)) }
	text := strings.Repeat("not a ring\n", 1000)
	late := zeros(2<<20) + text + "..." // all of the first reads are zeros; a ring's size
	fresh := filepath.Join(l.dir, freshFile)
	put("text", l.ring, text)
	put("zeros, then data", l.ring, late[:len(late)&^7])
	put("ten zeros and text", l.ring, zeros(10)+text)
	put("zeros of no ring's size", l.ring, zeros(100))
	put("half-made", l.ring, zeros(ring.FileSize(256)))
	put("capacity stored", l.ring, zeros(8)+"\x00\x01"+zeros(ring.FileSize(256)-10))
	put("empty", l.ring, "")
	l.prepare(256, 0)
	put("fresh file is text", fresh, text)
	put("fresh file is zeros, then data", fresh, late[:len(late)&^7])
	return f
}

// A poke changes words of the ring while an end has it mapped: the peer has gone
// mad, or means harm.
type poke struct {
	name string
	at   int64
	wide bool // 8 bytes, else 4
	to   uint64
}

const (
	ready = 1 << 31
	wrap  = 1 << 30
)

// The reader has consumed all up to 112, and o3 is published from there to 136.
var pokesAtReader = []poke{
	{"write-backwards", offWrite, true, 104},
	{"write-behind-read", offWrite, true, 80},
	{"write-far-ahead", offWrite, true, 112 + 256 + 8},
	{"write-unaligned", offWrite, true, 117},
	{"write-beyond-all", offWrite, true, 1<<64 - 8},
}

// The reader stands at o1, and both are published.
var pokesAtRecord = []poke{
	{"length-beyond-published", ring.HeaderSize + 64, false, ready | 60},
	{"length-beyond-lap", ring.HeaderSize + 64, false, ready | 200},
	{"length-enormous", ring.HeaderSize + 64, false, ready | 1<<30 - 1},
	{"record-not-ready", ring.HeaderSize + 64, false, 20},
	{"marker-too-short", ring.HeaderSize + 64, false, ready | wrap | 20},
	{"marker-beyond-published", ring.HeaderSize + 64, false, ready | wrap | 188},
}

// The ring is full, from 64 to 320.
var pokesAtWriter = []poke{
	{"read-backwards", offRead, true, 56},
	{"read-to-nothing", offRead, true, 0},
	{"read-beyond-write", offRead, true, 328},
	{"read-unaligned", offRead, true, 129},
	{"read-beyond-all", offRead, true, 1<<64 - 8},
}

// set pokes, and returns what was there.
func (l *cellRun) set(p poke) (was poke) {
	f, err := os.OpenFile(l.ring, os.O_RDWR, 0)
	l.check(err)
	defer f.Close()
	was = p
	b := make([]byte, 4)
	if p.wide {
		b = make([]byte, 8)
	}
	_, err = f.ReadAt(b, p.at)
	l.check(err)
	if p.wide {
		was.to = binary.NativeEndian.Uint64(b)
		binary.NativeEndian.PutUint64(b, p.to)
	} else {
		was.to = uint64(binary.NativeEndian.Uint32(b))
		binary.NativeEndian.PutUint32(b, uint32(p.to))
	}
	_, err = f.WriteAt(b, p.at)
	l.check(err)
	return was
}

func hostileCells() []Cell {
	cells := []Cell{
		safety("hostile/length-grows-between-check-and-use", Facts{FactRead: "88", FactReceived: "o1 o2", FactExit: "code 0"}, runGrows),
	}
	want := Facts{"answer": "corrupt", "image": unmoved, "again": "corrupt", "restored": answerOK, FactExit: "code 0"}
	add := func(pokes []poke, ops []string, run func(l *cellRun, p poke, op string) Facts) {
		for _, p := range pokes {
			for _, op := range ops {
				cells = append(cells, safety("hostile/"+p.name+"/"+op, want, func(l *cellRun, _ Cell) Facts { return run(l, p, op) }))
			}
		}
	}
	add(pokesAtReader, []string{"try-pop", "peek"}, func(l *cellRun, p poke, op string) Facts { return runHostileWriter(l, p, op, true) })
	add(pokesAtRecord, []string{"try-pop", "peek"}, func(l *cellRun, p poke, op string) Facts { return runHostileWriter(l, p, op, false) })
	add(pokesAtWriter, []string{"try-push", "push", "push-batch", "reserve"}, runHostileReader)
	return cells
}

// runHostileWriter has a reader take a message that is not as it should be. Once
// all is as it was, the reader goes on.
func runHostileWriter(l *cellRun, p poke, op string, consumed bool) Facts {
	l.prepare(256, 64, l.messages.add("o1", 20))
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	if consumed {
		l.pop(reader)
	}
	writer := l.joined(ring.WriterSide, "writer", l.join(PollOff))
	l.call(writer, "push", ops.Push{Msg: l.messages.add("o2", 20)})
	if consumed {
		l.call(reader, "peek", ops.Pop{}) // the reader has seen where o2 ends
		l.call(reader, "release", nil)
		l.call(writer, "push", ops.Push{Msg: l.messages.add("o3", 20)})
	}
	return l.hostile(p, func() string { return l.answer(reader, op, ops.Pop{}) }, func() string { return l.ended(reader) })
}

// runHostileReader has a writer look for room that the index of the reader lies
// about.
func runHostileReader(l *cellRun, p poke, op string) Facts {
	l.fill(fullRing)
	writer := l.joined(ring.WriterSide, "writer", l.join(PollOff))
	args := any(ops.Push{Msg: l.messages.add("P", 60)})
	if op == "push-batch" {
		args = ops.Batch{Msgs: [][]byte{l.messages.add("P2", 60)}}
	}
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	f := l.hostile(p, func() string {
		if image := ring.Decode(l.image()); image.Problem == nil {
			l.pop(reader) // restored: now there is room
		}
		return l.answer(writer, op, args)
	}, func() string { return l.ended(writer) })
	return f
}

// hostile does something with and without the poke.
func (l *cellRun) hostile(p poke, answer, ended func() string) Facts {
	was := l.set(p)
	before := l.image()
	f := Facts{"answer": answer(), "again": answer(), "image": unmoved}
	if after := l.image(); string(after) != string(before) {
		f["image"] = firstDifference(before, after)
	}
	l.set(was)
	f["restored"] = answer()
	f[FactExit] = ended()
	return f
}

// runGrows has the length of a record grow after the reader has checked it: the
// reader must go on by what it has checked.
func runGrows(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 20), l.messages.add("o2", 20), l.messages.add("o3", 60))
	arm := control.Arm{Site: string(ring.ReaderBeforeReadAdvance), Hit: 1, Action: control.Park}
	reader := l.start(ring.ReaderSide, "reader", arm)
	reader.Go("open", l.join(PollOff))
	popping := reader.Go("pop", ops.Pop{})
	l.waitHit(reader, arm)
	l.set(poke{at: ring.HeaderSize + 64, to: ready | 44}) // as long as both
	reader.Release()
	l.receive(reader, popping, ring.DataAvailOffset)
	f := Facts{FactRead: fmt.Sprint(ring.Decode(l.image()).Read)}
	l.pop(reader)
	f[FactReceived] = received(l.got...)
	f[FactExit] = l.ended(reader)
	return f
}
