package harness

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
)

// Arm arms a site of a running child.
func (c *Child) Arm(a control.Arm) error {
	if err := a.Check(); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	c.timeline.Mark(Armed, c.name, "harness", "%s: armed %s, hit %d: %s", c.name, a.Site, a.Hit, a.Action)
	c.send(control.Command{Arm: &a})
	return nil
}

// WaitHit waits until the child stands at the armed site, on the hit asked for.
// If it does all its calls without, the error is ErrNeverReached.
func (c *Child) WaitHit(ctx context.Context, a control.Arm) (control.Hit, error) {
	var hit control.Hit
	err := c.await(ctx, fmt.Sprintf("hit %d of %s", a.Hit, a.Site), func() (bool, error) {
		for _, h := range c.hits {
			if h.Arm == a {
				hit = h
				return true, nil
			}
		}
		if len(c.replies) == c.calls && c.calls > 0 {
			return false, ErrNeverReached
		}
		return false, nil
	})
	return hit, err
}

// Die waits until the child stands at the armed site, on the hit asked for, and
// has it die there as the arm says: one that parks is killed, the others end by
// themselves. It returns where the child stood and how it ended. Errors:
// ErrNeverReached, and ErrEnding if the end was another than the one asked for.
func (c *Child) Die(ctx context.Context, a control.Arm) (control.Hit, Exit, error) {
	hit, err := c.WaitHit(ctx, a)
	if err != nil {
		return hit, Exit{}, err
	}
	var exit Exit
	var asked bool
	switch a.Action {
	case control.Park:
		exit, err = c.Kill()
		asked = exit.Killed()
	case control.SelfKill:
		exit, err = c.WaitExit(ctx)
		asked = exit.Killed()
	case control.Panic:
		exit, err = c.WaitExit(ctx)
		asked = exit == Exit{Code: 2}
	default:
		err = fmt.Errorf("%s: nobody dies of %s", c.name, a.Action)
	}
	if err == nil && !asked {
		err = fmt.Errorf("%s: %w: %s at %s, and %s%s", c.name, ErrEnding, a.Action, a.Site, exit, indented(c.Output()))
	}
	return hit, exit, err
}

// Release lets a parked child go on.
func (c *Child) Release() {
	c.timeline.Mark(Released, c.name, "harness", "%s released", c.name)
	c.send(control.Command{Release: true})
}

// WaitStopped waits until the kernel reports that the child has stopped.
func (c *Child) WaitStopped(ctx context.Context) error {
	return c.await(ctx, "its stop", func() (bool, error) { return c.stopped, nil })
}

// Stop stops the child with SIGSTOP and waits until it has stopped.
func (c *Child) Stop(ctx context.Context) error {
	if err := c.Signal(unix.SIGSTOP); err != nil {
		return err
	}
	return c.WaitStopped(ctx)
}

// Continue lets a stopped child go on.
func (c *Child) Continue(ctx context.Context) error {
	if err := c.Signal(unix.SIGCONT); err != nil {
		return err
	}
	return c.await(ctx, "its continuation", func() (bool, error) { return !c.stopped, nil })
}
