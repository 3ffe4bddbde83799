package harness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"killpoint/harness/control"
)

// listen takes the child's events until its end of the pipe is closed, which
// is its death.
func (c *Child) listen() {
	defer close(c.quiet)
	dec := json.NewDecoder(c.events)
	for {
		var e control.Event
		if err := dec.Decode(&e); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				c.change(func() { c.fatal = err.Error() })
			}
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
		}
		c.change(func() { c.hello, c.fatal = e.Hello, e.Fatal })
	case e.Hit != nil:
		kind := Reached
		if e.Hit.Parks() {
			kind = Parked
		}
		note(kind, e.Hit.Site, "at %s, hit %d: %s", e.Hit.Site, e.Hit.Hit, e.Hit.Action)
		c.change(func() { c.hits = append(c.hits, *e.Hit) })
	case e.Begin != nil:
		note(Began, e.Begin.Op, "%s begins", e.Begin.Op)
	case e.Reply != nil:
		note(Finished, e.Reply.Op, "%s ends%s", e.Reply.Op, outcomeText(e.Reply))
		c.change(func() { c.replies[e.Reply.ID] = *e.Reply })
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
