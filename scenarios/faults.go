package scenarios

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// faultCells are the faults of an earlier ring of this design, each reproduced
// on that one: this ring must not have them.
func faultCells() []Cell {
	fault := func(id string, want Facts, run func(*cellRun, Cell) Facts) Cell {
		return Cell{ID: "fault/" + id, Want: want, More: []string{"fault"}, run: run}
	}
	return []Cell{
		fault("1-empty-message-is-a-message", Facts{FactReceived: "m1 m2 m3 m4 m5 m6 m7 m8 m9 m10 empty m12"}, runEmpty),
		fault("2-file-holds-the-whole-ring", Facts{"size": "header and capacity", FactReceived: "tail"}, runTail),
		fault("3-deadline-holds-after-wrap-crash", Facts{"answer": "deadline", "cpu": "idle"}, runWrapDeadline),
		fault("4-polling-works-with-a-deadline", Facts{FactReceived: "M"}, runPolledDeadline),
		fault("4-last-look-before-the-deadline-error", Facts{FactReceived: "M"}, runLastLook),
		fault("5-long-message-fits-an-empty-ring", Facts{FactReceived: "first long"}, runLong),
		fault("6-deadline-is-absolute", Facts{"time left": "shrinks"}, runAbsolute),
		fault("7-wild-length-is-corrupt", Facts{"answer": "corrupt", "image": unmoved, "exit": "code 0"}, runWildLength),
		fault("8-half-made-file-says-so", Facts{factOpen: "layout", factCreate: "exist", "open says": "remove it and create it again", "create says": "remove it"}, runHalfMade),
	}
}

// runEmpty pushes ten messages, takes them, then an empty one and another.
func runEmpty(l *cellRun, _ Cell) Facts {
	l.prepare(256, 0)
	writer, reader := l.pairOfEnds()
	for i := range 12 {
		name, size := fmt.Sprintf("m%d", i+1), 20
		if i == 10 {
			name, size = "empty", 0
		}
		l.call(writer, "push", ops.Push{Msg: l.messages.add(name, size)})
		if i >= 9 {
			l.drain(reader)
		}
	}
	l.drain(reader)
	return Facts{FactReceived: received(l.got...)}
}

func (l *cellRun) pairOfEnds() (writer, reader *harness.Child) {
	writer = l.start(ring.WriterSide, "writer")
	l.call(writer, "attach", l.join(PollOff))
	reader = l.start(ring.ReaderSide, "reader")
	l.call(reader, "open", l.join(PollOff))
	return writer, reader
}

// runTail fills the ring to its last byte, has the file synced and read afresh.
func runTail(l *cellRun, _ Cell) Facts {
	l.prepare(256, 192)
	writer := l.start(ring.WriterSide, "writer")
	l.call(writer, "attach", l.join(PollOff))
	l.call(writer, "push", ops.Push{Msg: l.messages.add("tail", 60)})
	_, err := writer.Kill()
	l.check(err)
	f, err := os.OpenFile(l.ring, os.O_RDWR, 0)
	l.check(err)
	defer f.Close()
	l.check(f.Sync())
	l.check(unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)) // so that the disk is read, not the cache
	size := "header and capacity"
	if n := len(l.image()); n != ring.HeaderSize+256 {
		size = strconv.Itoa(n)
	}
	reader := l.start(ring.ReaderSide, "reader")
	l.call(reader, "open", l.join(PollOff))
	l.drain(reader)
	return Facts{"size": size, FactReceived: received(l.got...)}
}

// killed kills a writer at a site, pushing M into the scene's ring.
func (l *cellRun) killed(site ring.Site, s scene) {
	c := Cell{Site: site, Mode: Kill}
	victim := l.start(ring.WriterSide, "victim", c.arm())
	victim.Go("attach", l.join(PollOff))
	victim.Go("push", ops.Push{Msg: l.messages.add("M", s.sizes[0])})
	l.die(c, victim)
}

// runWrapDeadline pops with a deadline from a ring that holds a wrap marker and
// nothing behind it. Whoever spins there uses a whole processor.
func runWrapDeadline(l *cellRun, _ Cell) Facts {
	l.prepare(wrapScene.capacity, wrapScene.slot)
	l.killed(ring.WriterAfterWrapAdvance, wrapScene)
	const timeout = 100 * time.Millisecond
	reader := l.start(ring.ReaderSide, "reader")
	reader.Go("open", l.join(PollOn))
	reply, err := reader.Go("pop", ops.Pop{Timeout: timeout}).Answer(l.ctx)
	l.check(err)
	f := Facts{"answer": reply.Error, "cpu": "idle"}
	if len(reply.Is) > 0 {
		f["answer"] = reply.Is[0]
	}
	if used := time.Duration(reply.CPU); used > timeout/2 {
		f["cpu"] = fmt.Sprintf("%v of %v", used, timeout)
	}
	return f
}

// runPolledDeadline kills a writer before its signal while a reader sleeps
// with a deadline far away: polling must find the message all the same.
func runPolledDeadline(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64)
	reader := l.start(ring.ReaderSide, "reader")
	reader.Go("open", l.join(PollOn))
	popping := reader.Go("pop", ops.Pop{Timeout: time.Hour})
	l.asleep(reader, l.join(PollOn), ring.DataAvailOffset)
	l.killed(ring.WriterAfterWriteAdvance, plainScene)
	l.receive(reader, popping, ring.DataAvailOffset)
	return Facts{FactReceived: received(l.got...)}
}

// runLastLook kills a writer before its signal while a reader that does not
// poll sleeps until its deadline.
func runLastLook(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64)
	return l.lastLook(func(reader *harness.Child, timeout time.Duration) *harness.Pending {
		l.call(reader, "open", l.join(PollOff))
		return reader.Go("pop", ops.Pop{Timeout: timeout})
	})
}

// lastLook has a reader sleep until its time is over. It is stopped meanwhile,
// so that it cannot see that before the message is there.
func (l *cellRun) lastLook(pop func(reader *harness.Child, timeout time.Duration) *harness.Pending) Facts {
	reader := l.start(ring.ReaderSide, "reader")
	var popping *harness.Pending
	for timeout := 50 * time.Millisecond; ; timeout *= 2 {
		asked := control.Now()
		popping = pop(reader, timeout)
		_, err := reader.WaitAsleep(l.ctx, l.ring, ring.DataAvailOffset, nil)
		if !errors.Is(err, harness.ErrNeverReached) {
			l.check(err)
		}
		l.check(reader.Stop(l.ctx))
		if control.Now()-asked < int64(timeout) {
			break // stopped before its time was over
		}
		l.check(reader.Continue(l.ctx))
		_, err = popping.Answer(l.ctx)
		l.check(err)
	}
	l.killed(ring.WriterAfterWriteAdvance, plainScene)
	l.check(reader.Continue(l.ctx))
	reply, err := popping.Answer(l.ctx)
	l.check(err)
	if reply.Error != "" {
		return Facts{FactReceived: reply.Error}
	}
	var body []byte
	l.wait(popping, &body)
	return Facts{FactReceived: l.messages.name(body)}
}

// runLong sends 900 bytes through a ring of 1024 whose write index stands in
// the middle.
func runLong(l *cellRun, _ Cell) Facts {
	l.prepare(1024, 0)
	writer, reader := l.pairOfEnds()
	l.call(writer, "push", ops.Push{Msg: l.messages.add("first", 500)})
	l.pop(reader)
	popping := reader.Go("pop", ops.Pop{})
	l.asleep(reader, l.join(PollOff), ring.DataAvailOffset)
	l.call(writer, "push", ops.Push{Msg: l.messages.add("long", 900)})
	l.receive(reader, popping, ring.DataAvailOffset)
	return Facts{FactReceived: received(l.got...)}
}

// runAbsolute wakes a writer again and again without making enough room: the
// time that it asks the kernel to sleep must shrink each time.
func runAbsolute(l *cellRun, _ Cell) Facts {
	l.prepare(256, 0, l.messages.add("o1", 20), l.messages.add("o2", 20), l.messages.add("o3", 20), l.messages.add("o4", 140))
	writer, reader := l.pairOfEnds()
	writer.Go("push", ops.Push{Msg: l.messages.add("P", 200), Timeout: time.Hour})
	last := l.waitAsleep(writer, ring.SpaceAvailOffset, nil)
	for range 3 {
		if last.Timeout == nil {
			return Facts{"time left": noTimeout}
		}
		l.pop(reader)
		w := l.waitAsleep(writer, ring.SpaceAvailOffset, func(w harness.FutexWait) bool { return w.Sleeps > last.Sleeps })
		if w.Timeout == nil || *w.Timeout >= *last.Timeout {
			return Facts{"time left": fmt.Sprintf("%v, then %v", last, w)}
		}
		last = w
	}
	return Facts{"time left": "shrinks"}
}

// runWildLength pops a record that claims to be longer than the ring.
func runWildLength(l *cellRun, _ Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 20))
	image := l.image()
	binary.NativeEndian.PutUint32(image[ring.HeaderSize+64:], 1<<31|1<<29)
	l.check(os.WriteFile(l.ring, image, 0o600))
	reader := l.start(ring.ReaderSide, "reader")
	l.call(reader, "open", l.join(PollOff))
	f := Facts{"answer": l.answer(reader, "pop", ops.Pop{}), "image": unmoved}
	if after := l.image(); string(after) != string(image) {
		f["image"] = firstDifference(image, after)
	}
	exit, err := reader.Finish(l.ctx)
	l.check(err)
	f["exit"] = exit.String()
	return f
}

// runHalfMade looks at what the errors about a half-made file tell a person.
func runHalfMade(l *cellRun, _ Cell) Facts {
	l.killedCreating()
	writer := l.start(ring.WriterSide, "writer")
	reader := l.start(ring.ReaderSide, "reader")
	create := l.join(PollOff)
	create.Capacity = 256
	open := reader.Call(l.ctx, "open", l.join(PollOff), nil)
	again := writer.Call(l.ctx, "create", create, nil)
	return Facts{
		factOpen:      l.answer(reader, "open", l.join(PollOff)),
		factCreate:    l.answer(writer, "create", create),
		"open says":   says(open, "remove it and create it again"),
		"create says": says(again, "remove it"),
	}
}

func (l *cellRun) killedCreating() {
	c := Cell{Site: ring.WriterCreateBeforeMagic, Mode: Kill}
	victim := l.start(ring.WriterSide, "victim", c.arm())
	create := l.join(PollOff)
	create.Capacity = 256
	victim.Go("create", create)
	l.die(c, victim)
}

// says is the piece of advice if the error gives it, else the whole error.
func says(err error, advice string) string {
	if err != nil && strings.Contains(err.Error(), advice) {
		return advice
	}
	return fmt.Sprint(err)
}
