package harness

import (
	"bytes"
	"encoding/json"
	"fmt"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
)

// longestEvent is more than any event has: what does not end in a line by then
// was written by something else.
const longestEvent = 64 << 20

// listen takes the child's events as they come, until everybody who holds the
// other end of the pipe has gone, or the child has. A process that the child
// has forked may hold it as well: the end of the pipe is not the child's end.
func (c *Child) listen() {
	pipe, err := c.events.SyscallConn()
	if err != nil {
		return // it is closed
	}
	pipe.Read(func(fd uintptr) (closed bool) {
		c.pumping.Lock()
		defer c.pumping.Unlock()
		return c.pump(int(fd), -1)
	})
}

// drain takes what is in the pipe now. All that the child has reported before
// it stopped or ended is taken then.
func (c *Child) drain() {
	pipe, err := c.events.SyscallConn()
	if err != nil {
		return
	}
	pipe.Control(func(fd uintptr) {
		c.pumping.Lock() // what listen has read is taken by then
		defer c.pumping.Unlock()
		if n, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ); err == nil && n > 0 {
			c.pump(int(fd), n)
		}
	})
}

// pump reads what is in the pipe, at most limit bytes unless that is negative,
// and takes the events in it. pumping must be held.
func (c *Child) pump(fd, limit int) (closed bool) {
	buf := make([]byte, 64<<10)
	for limit != 0 {
		if limit > 0 {
			buf = buf[:min(len(buf), limit)]
		}
		n, err := unix.Read(fd, buf)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return false
		case n <= 0:
			return true
		default:
			c.feed(buf[:n])
			limit -= n // a negative one stays negative
		}
	}
	return false
}

// feed takes the events in a piece of what was read. A line that is no event
// may have been anything: nothing behind it is believed.
func (c *Child) feed(piece []byte) {
	if c.babble {
		return
	}
	c.partial = append(c.partial, piece...)
	for {
		line, rest, whole := bytes.Cut(c.partial, []byte("\n"))
		if !whole && len(line) < longestEvent {
			return
		}
		c.partial = rest
		var e control.Event
		if err := json.Unmarshal(line, &e); err != nil {
			c.babble, c.partial = true, nil
			c.change(func() { c.fatal = fmt.Sprintf("%.60q on the event pipe: %v", line, err) })
			return
		}
		c.take(e)
	}
}

func (c *Child) take(e control.Event) {
	note := func(kind Kind, of, format string, args ...any) {
		c.timeline.add(Entry{Time: e.Time, Who: c.name, Kind: kind, Of: of}, format, args...)
	}
	switch {
	case e.Hello != nil:
		if e.Hello.Magic != control.Magic || e.Hello.Version != control.Version {
			e.Fatal = fmt.Sprintf("child speaks %s %d, harness %s %d: build both from the same sources",
				e.Hello.Magic, e.Hello.Version, control.Magic, control.Version)
			e.Hello = nil // it shall not pass for one
		}
		c.change(func() { c.hello, c.fatal = e.Hello, e.Fatal })
	case e.Hit != nil:
		kind := Reached
		if e.Hit.Parks() {
			kind = Parked
		}
		note(kind, e.Hit.Site, "at %s, hit %d: %s", e.Hit.Site, e.Hit.Hit, e.Hit.Action)
		c.change(func() {
			c.hits = append(c.hits, *e.Hit)
			c.signals.reported(*e.Hit)
		})
	case e.Dies:
		c.change(func() { c.signals.own = true })
	case e.Begin != nil:
		note(Began, e.Begin.Op, "%s begins", e.Begin.Op)
	case e.Reply != nil:
		note(Finished, e.Reply.Op, "%s ends%s", e.Reply.Op, outcomeText(e.Reply))
		c.change(func() { c.replies[e.Reply.ID] = *e.Reply })
	case e.Signal != "":
		note("", "", "interrupted by %s", e.Signal)
		c.change(func() { c.signals.others = append(c.signals.others, "interrupted by "+e.Signal) })
	case e.Closing != nil:
		note(Finished, e.Closing.Op, "%s fails: %s", e.Closing.Op, e.Closing.Error)
		c.change(func() { c.closingFailed = e.Closing })
	case e.Stacks != "":
		c.change(func() { c.stacks = append(c.stacks, e.Stacks) })
	case e.Fatal != "":
		note(Fatal, "", "fatal: %s", e.Fatal)
		c.change(func() { c.fatal = e.Fatal })
	}
}

func outcomeText(r *control.Reply) string {
	switch {
	case r.Error != "":
		return ": " + r.Error
	case len(r.Result) > 40:
		return fmt.Sprintf(": %s… (%d bytes)", r.Result[:40], len(r.Result))
	case len(r.Result) > 0:
		return ": " + string(r.Result)
	}
	return ""
}
