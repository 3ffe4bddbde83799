package scenarios

import (
	"context"

	"killpoint/harness"
	"killpoint/harness/control"
)

// Paused is a victim that stands at its site and waits for a person.
type Paused struct {
	Name    string
	PID     int
	Program string // path of the executable
	Site    string
	Hit     int
	Next    Mode   // what it does when the cell goes on
	Ring    string // path of the ring file
}

// RunPaused is RunIn with a pause: while a victim stands at its site, pause is
// called, and the cell goes on when it returns nil. An error ends the cell as
// unknown. A victim that dies by its own hand is parked first. Time decides
// nothing, so ctx should have no deadline.
func RunPaused(ctx context.Context, c Cell, p Programs, folder string, pause func(Paused) error) Result {
	l := newLab(ctx, p, folder)
	l.pause = pause
	return l.result(c)
}

// holding has a child wait wherever it is armed.
func holding(arms []control.Arm) []control.Arm {
	held := make([]control.Arm, len(arms))
	for i, a := range arms {
		a.Hold = true
		held[i] = a
	}
	return held
}

// standing pauses the cell, if it is to pause, while a victim stands at a site.
// One that parks for the cell itself stays there.
func (l *lab) standing(victim *harness.Child, hit control.Hit) {
	if l.pause == nil {
		return
	}
	next := map[control.Action]Mode{control.Park: Kill, control.SelfKill: SelfKill, control.Panic: Panic, control.Stop: Stop}[hit.Action]
	l.timeline.Add("harness", "paused: %s can be looked at", victim.Name())
	l.check(l.pause(Paused{
		Name: victim.Name(), PID: victim.PID(), Program: victim.Program(),
		Site: hit.Site, Hit: hit.Hit, Next: next, Ring: l.ring,
	}))
	if hit.Hold && hit.Action != control.Park {
		victim.Release()
	}
}
