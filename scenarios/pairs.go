package scenarios

import (
	"fmt"
	"strings"

	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// A pair is two deaths one after the other on the same ring: of both sides, or
// of a victim and then its successor. Afterwards fresh ends take over, the
// reader drains what there is, the writer pushes N.
type pair struct {
	first, second ring.Site
	prepare       func(*cellRun) (size int) // makes the ring; size is that of a message that is sent
	received      string                    // by the last reader
	held          string                    // by the readers that died
	message       string                    // fate of the first message in a victim's hands
}

// empty prepares an empty ring for what is sent in a scene.
func empty(s scene) func(*cellRun) int {
	return func(l *cellRun) int {
		l.prepare(s.capacity, s.slot)
		return s.sizes[0]
	}
}

// filled prepares a ring with the older messages of a scene.
func filled(s scene) func(*cellRun) int {
	return func(l *cellRun) int {
		l.fill(s)
		return plainScene.sizes[0]
	}
}

var pairScene = scene{capacity: 256, slot: 64, sizes: []int{40}}

var pairs = []pair{
	// Both sides.
	{ring.WriterAfterWriteAdvance, ring.ReaderBeforeReadAdvance, empty(pairScene), "M1 N", "M1", Duplicate},
	{ring.WriterAfterWriteStore, ring.ReaderAfterReadAdvance, empty(pairScene), "N", "M1", Consumed},
	{ring.WriterBeforeDataWake, ring.ReaderBeforeSpaceWake, empty(pairScene), "N", "M1", Consumed},
	{ring.WriterAfterPublishHeader, ring.ReaderBeforeDataWait, empty(pairScene), "N", "nothing", Lost},
	{ring.WriterAfterWrapAdvance, ring.ReaderAfterWrapReadAdvance, empty(wrapScene), "N", "nothing", Lost},
	{ring.WriterAfterWrapStore, ring.ReaderBeforeDataWait, empty(wrapScene), "N", "nothing", Lost},
	{ring.WriterBeforeSpaceWait, ring.ReaderAfterReadAdvance, filled(fullRing), "o2 o3 o4 o5 N", "o1", Lost},
	{ring.WriterInSpaceWait, ring.ReaderAfterReadAdvance, filled(fullRing), "o2 o3 o4 o5 N", "o1", Lost},
	{ring.WriterBeforeSpaceWait, ring.ReaderBeforeReadAdvance, filled(fullRing), "o1 o2 o3 o4 o5 N", "o1", Lost},
	{ring.ReaderAfterReadAdvance, ring.WriterAfterPublishHeader, filled(fullRing), "o2 o3 o4 o5 N", "o1", Consumed},
	{ring.ReaderAfterReadAdvance, ring.WriterAfterWriteStore, filled(fullRing), "o2 o3 o4 o5 M2 N", "o1", Consumed},
	{ring.ReaderAfterWrapReadAdvance, ring.WriterAfterWriteAdvance, filled(behindMarker), "o1 o2 M2 N", "nothing", Safe},
	// A victim and its successor.
	{ring.ReaderAfterReadAdvance, ring.ReaderBeforeEmptyWake, filled(oneMessage), "N", "o1 nothing", Consumed},
	{ring.WriterAfterWriteStore, ring.WriterBeforeFullWake, empty(brimScene), "M1 N", "", Delivered},
	{ring.WriterAfterPublishHeader, ring.WriterAfterWriteStore, empty(pairScene), "M2 N", "", Lost},
	{ring.WriterAfterWriteStore, ring.WriterAfterWriteStore, empty(pairScene), "M1 M2 N", "", Delivered},
	{ring.WriterAfterWrapPublish, ring.WriterAfterWrapHeader, empty(wrapScene), "N", "", Lost},
	{ring.WriterAfterWrapAdvance, ring.WriterAfterPublishHeader, empty(wrapScene), "N", "", Lost},
	{ring.WriterAttachAfterMap, ring.WriterAfterWriteHeader, empty(pairScene), "N", "", Lost},
	{ring.ReaderBeforeReadAdvance, ring.ReaderBeforeReadAdvance, filled(fullRing), "o1 o2 o3 o4 o5 N", "o1 o1", Duplicate},
	{ring.ReaderBeforeReadAdvance, ring.ReaderAfterReadAdvance, filled(fullRing), "o2 o3 o4 o5 N", "o1 o1", Duplicate},
	{ring.ReaderAfterWrapReadAdvance, ring.ReaderAfterSpaceSignal, filled(behindMarker), "o2 N", "nothing o1", Consumed},
}

func pairCells() []Cell {
	var cells []Cell
	for _, p := range pairs {
		c := Cell{
			ID:   fmt.Sprintf("%s+%s/%s", p.first, p.second, Kill),
			Site: p.first,
			Role: siteInfo(p.first).Side,
			Mode: Kill,
			More: []string{"pair", string(p.second), string(siteInfo(p.second).Side)},
			Want: Facts{
				FactSite:     fmt.Sprintf("%s, %s", p.first, p.second),
				FactExit:     "signal SIGKILL, signal SIGKILL",
				FactReceived: p.received,
				FactMessage:  p.message,
				FactRing:     "sound",
			},
			run: func(l *cellRun, c Cell) Facts { return runPair(l, p) },
		}
		if p.held != "" {
			c.Want[FactHeld] = p.held
		}
		cells = append(cells, c)
	}
	return cells
}

func runPair(l *cellRun, p pair) Facts {
	size := p.prepare(l)
	var held, reached []string
	exits := ""
	l.hit = 1
	for i, site := range []ring.Site{p.first, p.second} {
		at, had, exit := l.fall(site, fmt.Sprintf("M%d", i+1), size)
		reached = append(reached, at)
		if had != "" {
			held = append(held, had)
		}
		exits = received(exits, exit)
		if i == 0 {
			exits += ","
			l.atSite = l.image()
		}
	}
	l.exit, l.atDeath = exits, l.image()

	reader := l.start(ring.ReaderSide, "last reader")
	l.call(reader, "open", l.join(PollOff))
	l.drain(reader)
	writer := l.start(ring.WriterSide, "last writer")
	l.call(writer, "attach", l.join(PollOff))
	l.call(writer, "push", ops.Push{Msg: l.messages.add("N", 24)})
	l.popUntil(reader, "N")

	f := Facts{
		FactSite:     strings.Join(reached, ", "),
		FactExit:     l.exit,
		FactReceived: received(l.got...),
		FactMessage:  l.pairFate(p, held),
		FactRing:     soundness(l.image()),
	}
	if len(held) > 0 {
		f[FactHeld] = received(held...)
	}
	return f
}

// fall has one victim die at one site, and returns where it stood, what it held
// if it is a reader, and how it ended.
func (l *cellRun) fall(site ring.Site, name string, size int) (at, held, exit string) {
	side := siteInfo(site).Side
	c := Cell{Site: site, Mode: Kill, Variant: PollOff}
	victim := l.start(side, name+" victim", c.arms()...)
	if side == ring.WriterSide {
		victim.Go("attach", l.join(PollOff))
		victim.Go("push", ops.Push{Msg: l.messages.add(name, size)})
	} else {
		victim.Go("open", l.join(PollOff))
		victim.Go("pop", ops.Pop{})
	}
	if site == ring.WriterInSpaceWait {
		l.asleep(victim, l.join(PollOff), ring.SpaceAvailOffset)
		at = string(site) // the kernel shows it there
	} else {
		hit := l.waitHit(victim, c.arm())
		at = hit.Site
		if side == ring.ReaderSide {
			held = l.holds(hit)
		}
	}
	end, err := victim.Kill()
	l.check(err)
	return at, held, end.String()
}

// pairFate is what became of the message in the first victim's hands, or, if
// it had none, of the one behind it.
func (l *cellRun) pairFate(p pair, held []string) string {
	if siteInfo(p.first).Side == ring.WriterSide {
		had := len(held) > 0 && held[0] == "M1"
		if had {
			return fate(true, l.count("M1"))
		}
		return map[int]string{0: Lost, 1: Delivered}[l.count("M1")]
	}
	had, others := false, l.count("o1")
	for i, h := range held {
		if h != "o1" {
			continue
		}
		had = true
		if i > 0 && held[i-1] == "o1" {
			others = 1 // the second victim had it again
		}
	}
	return fate(had, others)
}
