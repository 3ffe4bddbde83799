package scenarios

import (
	"fmt"

	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/ring"
)

// A stage is a scene in which a site can be reached: how the ring is prepared,
// what the victim does, who else is there. Sites of one operation share one.
type stage int

const (
	creating stage = iota + 1
	attaching
	pushing
	wrapping
	spaceWaiting
	opening
	popping
	skipping
	dataWaiting
)

// run plays the scene up to the end and tells what was seen.
func (s stage) run(l *lab, c Cell) Facts {
	switch s {
	case creating:
		return runCreate(l, c)
	case attaching, opening:
		return runJoin(l, c)
	case pushing, wrapping:
		return runPush(l, c)
	case popping, skipping:
		return runPop(l, c)
	case spaceWaiting:
		return runSpaceWait(l, c)
	case dataWaiting:
		return runDataWait(l, c)
	}
	panic(fmt.Sprintf("scenarios: no stage for %s", c.ID))
}

// want adds what must be seen of the stage to what must be seen of the site.
func (s stage) want(c Cell, e expectation, f Facts) {
	switch s {
	case creating:
		wantCreate(c, e, f)
	case attaching, opening:
		wantJoin(c, e, f)
	case pushing, wrapping:
		wantPush(c, e, f)
	case popping, skipping:
		wantPop(c, e, f)
	case spaceWaiting:
		wantSpaceWait(c, f)
	case dataWaiting:
		wantDataWait(c, f)
	}
}

// variants are those in which the stage makes sense.
func (s stage) variants() []Variant {
	switch s {
	case pushing, wrapping, popping, skipping:
		return []Variant{PollOn, PollOff, Late}
	case spaceWaiting, dataWaiting:
		return []Variant{PollOn, PollOff}
	}
	return []Variant{""}
}

// victimSleeps tells whether the variant's polling is the victim's own.
func (s stage) victimSleeps() bool { return s == spaceWaiting || s == dataWaiting }

// arm is how a victim is armed for a cell.
func (c Cell) arm() control.Arm {
	action := map[Mode]control.Action{Kill: control.Park, SelfKill: control.SelfKill, Panic: control.Panic, Stop: control.Stop}[c.Mode]
	return control.Arm{Site: string(c.Site), Hit: armedHit(c), Action: action}
}

// arms is how the victim is started: armed, unless the site is inside a system
// call, where nothing can be armed and the kernel shows the victim.
func (c Cell) arms() []control.Arm {
	if siteInfo(c.Site).Marker {
		return []control.Arm{c.arm()}
	}
	return nil
}

// siteInfo is the catalogue's entry of a site.
func siteInfo(s ring.Site) ring.SiteInfo {
	for _, info := range ring.Sites() {
		if info.Site == s {
			return info
		}
	}
	panic("scenarios: no site " + string(s))
}

// die waits until the victim stands at its site and has it die there, or stop.
func (l *lab) die(c Cell, victim *harness.Child) control.Hit {
	arm := c.arm()
	hit := l.waitHit(victim, arm)
	l.hit = hit.Hit
	switch c.Mode {
	case Kill:
		l.atSite = l.image()
		exit, err := victim.Kill()
		l.check(err)
		l.exit = exit.String()
	case SelfKill, Panic:
		exit, err := victim.WaitExit(l.ctx)
		l.check(err)
		l.exit = exit.String()
	case Stop:
		l.check(victim.WaitStopped(l.ctx))
	}
	l.atDeath = l.image()
	return hit
}

// dieAsleep is die for a site inside a system call, which the kernel shows.
func (l *lab) dieAsleep(c Cell, victim *harness.Child, word int64) {
	l.asleep(victim, l.joinSleeper(c), word)
	l.hit = 1
	l.atSite = l.image()
	if c.Mode == Stop {
		l.check(victim.Stop(l.ctx))
	} else {
		exit, err := victim.Kill()
		l.check(err)
		l.exit = exit.String()
	}
	l.atDeath = l.image()
}

// asleep waits until a child sleeps on the event, and sees to it that it polls
// as it was told.
func (l *lab) asleep(child *harness.Child, join joinArgs, word int64) {
	w := l.waitAsleep(child, word, nil)
	switch {
	case join.Off && w.Timeout != nil:
		l.fail("%s polls every %v, must not poll", child.Name(), *w.Timeout)
	case !join.Off && w.Timeout == nil:
		l.fail("%s sleeps without end, must poll every %v", child.Name(), join.Poll)
	case !join.Off && *w.Timeout > join.Poll:
		l.fail("%s sleeps for %v, must poll every %v", child.Name(), *w.Timeout, join.Poll)
	}
}

// reacts watches what a peer makes of it that was asleep all the while. Beside a
// victim that is only stopped nobody stalls: whoever is to wake it lives.
func (l *lab) reacts(c Cell, peer *harness.Child, p *harness.Pending, word int64) string {
	reaction := l.settle(peer, p, word)
	if c.Mode == Stop && reaction == Stalls {
		return Waits
	}
	return reaction
}

// succeed returns who goes on in the victim's role: the victim itself, if it was
// only stopped and is continued now, else a fresh process on the same ring.
func (l *lab) succeed(c Cell, victim *harness.Child) *harness.Child {
	if c.Mode == Stop {
		l.check(victim.Continue(l.ctx))
		return victim
	}
	successor := l.start(c.Role, "successor")
	l.call(successor, map[ring.Side]string{ring.WriterSide: "attach", ring.ReaderSide: "open"}[c.Role], l.join(PollOff))
	return successor
}

// finish ends a victim that was only stopped, and notes how.
func (l *lab) finish(victim *harness.Child) {
	exit, err := victim.Finish(l.ctx)
	l.check(err)
	l.exit = exit.String()
}

// common are the facts of every site cell.
func (l *lab) common(c Cell) Facts {
	f := Facts{
		FactSite:     fmt.Sprintf("%s, hit %d", c.Site, l.hit),
		FactExit:     l.exit,
		FactRing:     soundness(l.image()),
		FactReceived: received(l.got...),
	}
	if c.Mode == Kill && still(c) {
		f[FactFrozen] = "yes"
		if string(l.atSite) != string(l.atDeath) {
			f[FactFrozen] = "no: " + firstDifference(l.atSite, l.atDeath)
		}
	}
	return f
}

// span is a range of bytes of the ring file.
type span struct{ from, to int }

// stray names the first byte outside the given spans that differs between the
// start of the victim and its death: clean-up after a panic, for one, must not
// repair anything.
func (l *lab) stray(allowed ...span) string {
	for i := range l.atDeath {
		within := false
		for _, s := range allowed {
			within = within || s.from <= i && i < s.to
		}
		if !within && l.before[i] != l.atDeath[i] {
			return fmt.Sprintf("byte %d was %#x, is %#x", i, l.before[i], l.atDeath[i])
		}
	}
	return "nothing"
}

func soundness(image []byte) string {
	if problem := ring.Decode(image).Problem; problem != nil {
		return problem.Error()
	}
	return "sound"
}

func firstDifference(a, b []byte) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("byte %d was %#x, is %#x", i, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d bytes became %d", len(a), len(b))
}

// moved names an index that stood at start.
func moved(index, start, size uint64, capacity int) string {
	switch index {
	case start:
		return unmoved
	case start + size:
		return advanced
	case (start/uint64(capacity) + 1) * uint64(capacity):
		return boundary
	}
	return fmt.Sprintf("%d (was %d)", index, start)
}

func eventWord(word uint32) string {
	switch word {
	case 0:
		return eventReset
	case 1:
		return eventSet
	}
	return fmt.Sprint(word)
}

// fate is what became of a message that a reader had or was about to get.
func fate(victimHad bool, others int) string {
	switch {
	case victimHad && others == 0:
		return Consumed
	case victimHad && others == 1:
		return Duplicate
	case !victimHad && others == 1:
		return Safe
	case others == 0:
		return Lost
	}
	return fmt.Sprintf("received %d times", others)
}

// count is how often readers got the message of that name.
func (l *lab) count(name string) int {
	n := 0
	for _, got := range l.got {
		if got == name {
			n++
		}
	}
	return n
}
