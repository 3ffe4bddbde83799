package scenarios

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"time"

	"killpoint/harness"
	"killpoint/harness/control"
)

// errDeadlock ends a wait for something that cannot happen any more.
var errDeadlock = errors.New("nothing can happen any more: every child is dead, idle, or asleep in the ring for good")

// until waits for something that the children have to do. It gives up with
// certainty, not by the clock, once nobody is left who could do anything.
func (l *lab) until(what func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(l.ctx)
	defer cancel(nil)
	result := make(chan error, 1)
	go func() { result <- what(ctx) }()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-result:
			return err
		case <-look.C:
			if l.ctx.Err() != nil || !l.deadlocked() {
				continue
			}
			cancel(errDeadlock)
			if err := <-result; !errors.Is(err, harness.ErrDeadline) {
				return err
			}
			return errDeadlock
		}
	}
}

// deadlocked tells whether all children are dead, idle, or asleep on a word of
// the ring beyond the end of the cell, at one and the same moment: those asleep
// are seen in the same sleep before and after, and the image is the same.
func (l *lab) deadlocked() bool { return lasting(l.sleepers, l.anyImage) }

// lasting reports whether two looks show the same sleeps beside the same image.
func lasting(sleepers func() map[int]int64, image func() []byte) bool {
	before, then := sleepers(), image()
	return before != nil && maps.Equal(before, sleepers()) && bytes.Equal(then, image())
}

// sleepers returns the sleep of every busy child by its thread; nil if one of
// them is not asleep for good, or if nobody is.
func (l *lab) sleepers() map[int]int64 {
	asleep := map[int]int64{}
	for _, c := range l.children {
		if c.Ended() || c.Idle() {
			continue
		}
		waits, err := c.FutexWaits(l.ring)
		if err != nil || len(waits) != 1 || !l.outlasts(waits[0].Timeout) {
			return nil
		}
		asleep[waits[0].Tid] = waits[0].Sleeps
	}
	if len(asleep) == 0 {
		return nil
	}
	return asleep
}

// outlasts tells whether a sleep with that timeout lasts longer than the whole
// cell may, if nobody wakes it.
func (l *lab) outlasts(timeout *time.Duration) bool {
	return timeout == nil || l.patience > 0 && *timeout > l.patience
}

// call has a child do something that must succeed.
func (l *lab) call(c *harness.Child, op string, args any) {
	l.wait(c.Go(op, args), nil)
}

// wait waits for the result of something that must succeed.
func (l *lab) wait(p *harness.Pending, result any) {
	l.check(l.until(func(ctx context.Context) error { return p.Wait(ctx, result) }))
}

// waitHit waits until a victim stands at its site.
func (l *lab) waitHit(victim *harness.Child, arm control.Arm) (hit control.Hit) {
	arm.Hold = l.pause != nil
	l.check(l.until(func(ctx context.Context) (err error) {
		hit, err = victim.WaitHit(ctx, arm)
		return err
	}))
	l.stood = append(l.stood, stood{victim, hit})
	l.standing(victim, hit)
	return hit
}

// waitAsleep waits until a child sleeps on the event word.
func (l *lab) waitAsleep(c *harness.Child, word int64, accept func(harness.FutexWait) bool) (w harness.FutexWait) {
	l.check(l.until(func(ctx context.Context) (err error) {
		w, err = c.WaitAsleep(ctx, l.ring, word, accept)
		return err
	}))
	return w
}

// waitExit waits for the end of a victim that dies by itself. One that answers
// its last call instead goes on living.
func (l *lab) waitExit(victim *harness.Child) harness.Exit {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for l.ctx.Err() == nil && !victim.Idle() {
		select {
		case <-victim.Exited():
		case <-l.ctx.Done():
		case <-look.C:
			continue
		}
		break
	}
	if victim.Idle() {
		l.fail("%s goes on as if nothing had happened", victim.Name())
	}
	exit, err := victim.WaitExit(l.ctx)
	l.check(err)
	return exit
}
