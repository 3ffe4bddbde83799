package scenarios

import (
	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/ring"
)

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
		l.end(victim, arm)
	case SelfKill, Panic:
		l.waitExit(victim)
		l.end(victim, arm)
	case Stop:
		l.check(victim.WaitStopped(l.ctx))
	}
	l.atDeath = l.image()
	return hit
}

// end has a victim that stands at its site die as it is armed to, and ends the
// cell if it dies of something else.
func (l *lab) end(victim *harness.Child, arm control.Arm) {
	exit, err := victim.End(l.ctx, arm)
	l.check(err)
	l.exit = exit.String()
}

// dieAsleep is die for a site inside a system call, which the kernel shows.
func (l *lab) dieAsleep(c Cell, victim *harness.Child, word int64) {
	l.asleep(victim, l.joinSleeper(c), word)
	l.hit = 1
	l.standing(victim, control.Hit{Arm: c.arm(), Tid: victim.PID()})
	l.atSite = l.image()
	if c.Mode == Stop {
		l.check(victim.Stop(l.ctx))
	} else {
		l.end(victim, c.arm())
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
