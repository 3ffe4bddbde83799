package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

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
// If it does all its calls without, the error is ErrNeverReached; for an arm
// that is Later, or once HangUp was called, it is if the child has then ended.
// An error of a call that is a lack of the machine (see Lack) takes the place of
// ErrNeverReached, others are said with it.
func (c *Child) WaitHit(ctx context.Context, a control.Arm) (control.Hit, error) {
	what := fmt.Sprintf("hit %d of %s", a.Hit, a.Site)
	var hit control.Hit
	err := c.await(ctx, what, func() (bool, error) {
		for _, h := range c.hits {
			if h.Arm == a {
				hit = h
				return true, nil
			}
		}
		if c.idle() && !a.Later && !c.hungUp {
			return false, c.neverReached()
		}
		return false, nil
	})
	if exit, ended := c.Exit(); errors.Is(err, ErrExited) && ended && exit == (Exit{}) && c.Idle() {
		c.mu.Lock()
		defer c.mu.Unlock()
		return hit, c.wrap(what, c.neverReached())
	}
	return hit, err
}

// neverReached is why a child that has done all its calls did not get there; mu
// must be held.
func (c *Child) neverReached() error {
	var failed []error
	replies := make([]control.Reply, 0, c.calls+1)
	for id := 1; id <= c.calls; id++ {
		replies = append(replies, c.replies[id])
	}
	if c.closingFailed != nil {
		replies = append(replies, *c.closingFailed)
	}
	for _, r := range replies {
		if r.Error != "" {
			err := c.failed(r)
			if _, lacks := Lack(err); lacks {
				return err
			}
			failed = append(failed, err)
		}
	}
	if len(failed) == 0 {
		return ErrNeverReached
	}
	return fmt.Errorf("%w: %w", ErrNeverReached, errors.Join(failed...))
}

// Die waits until the child stands at the armed site, on the hit asked for, and
// ends it there as the arm says: WaitHit and then End. It returns where the
// child stood and how it ended.
func (c *Child) Die(ctx context.Context, a control.Arm) (control.Hit, Exit, error) {
	hit, err := c.WaitHit(ctx, a)
	if err != nil {
		return hit, Exit{}, err
	}
	exit, err := c.End(ctx, a)
	return hit, exit, err
}

// End has a child that stands at its site die there as the arm says: one that
// parks is killed, the others end by themselves. The error wraps ErrEnding if
// the end was another than the one asked for, a panic of something else, say,
// and ErrDisturbed if somebody else has ended it.
func (c *Child) End(ctx context.Context, a control.Arm) (exit Exit, err error) {
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
		asked = exit == Exit{Code: 2} && panicked(c.Output(), control.PanicText(a.Site))
	default:
		err = fmt.Errorf("%s: nobody dies of %s", c.name, a.Action)
	}
	if err == nil && !asked {
		err = fmt.Errorf("%s: %w: %s at %s, and %s%s", c.name, ErrEnding, a.Action, a.Site, exit, indented(c.Output()))
	}
	return exit, err
}

// panicked reports whether the runtime says that a panic with that text has ended
// the process: exit code 2 says no more than that there was some. It says so
// before the stack of the goroutine; a panic on the way, of something that was
// deferred, is said between the two.
func panicked(output, text string) bool {
	_, rest, said := strings.Cut(output, "panic: "+text)
	between, _, died := strings.Cut(rest, "\n\ngoroutine ")
	for line := range strings.Lines(between) {
		if other, ok := strings.CutPrefix(strings.TrimSpace(line), "panic: "); ok && !strings.HasPrefix(other, text) {
			return false
		}
	}
	return said && died
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

// provenance is what is known of the signals of a child: which the harness has
// sent, which the child itself was armed to send, and which came all the same.
//
// Two SIGKILLs look alike to whoever waits for the end. They are told apart by
// whom they were sent to: the harness and the agent send theirs to a thread
// (tgkill), while kill(2), a shell and the kernel for want of memory send it to
// the process, and the kernel keeps that among the signals of the process that
// was never waited for (ShdPnd in /proc/PID/status). The first one counts.
type provenance struct {
	killed    bool // SIGKILL was sent to the thread while the child lived
	killedAll bool // the same to the process, because nothing else could be sent
	mayStop   bool // a SIGSTOP is on its way that is the harness's or the child's own
	mayGoOn   bool // the same for SIGCONT
	own       bool // the child has said that it kills itself now

	sender  string // of the SIGKILL that has ended it, for the timeline
	foreign string // what has ended it if that was somebody else
	others  []string
}

// reported takes note of a hit.
func (p *provenance) reported(h control.Hit) {
	if h.Action == control.Stop {
		p.mayStop = true
	}
}

// stopped takes note of a stop, and tells who has caused it.
func (p *provenance) stopped(sig syscall.Signal) (by string) {
	if sig == unix.SIGSTOP && p.mayStop {
		p.mayStop = false
		return ""
	}
	p.others = append(p.others, "stopped by "+unix.SignalName(sig))
	return ", which neither the harness nor its arm has sent"
}

// continued does so for a continuation.
func (p *provenance) continued() (by string) {
	if p.mayGoOn {
		p.mayGoOn = false
		return ""
	}
	p.others = append(p.others, "continued")
	return " by somebody else than the harness"
}

// ended tells who has sent the SIGKILL of which the child died. Whole says
// whether it was sent to the process.
func (p *provenance) ended(whole bool) {
	switch {
	case whole && p.killedAll:
		p.sender = "sent by the harness, or by somebody else: a signal to one thread was denied"
		p.foreign = "ended by a SIGKILL that may be the harness's or somebody else's: tgkill(2) was denied"
	case whole && (p.killed || p.own):
		p.sender = "sent by somebody else, before the harness or its arm did"
		p.foreign = "ended by a SIGKILL that somebody else sent before the harness or its arm did"
	case whole || !p.killed && !p.own:
		p.sender = "sent by somebody else"
		p.foreign = "ended by SIGKILL that the harness did not send"
	case p.killed:
		p.sender = "sent by the harness"
	default:
		p.sender = "its own"
	}
}

// toProcess reports whether the SIGKILL of which a process has died was sent to it
// as a whole. The process must not have been waited for.
func toProcess(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return false // without /proc, what was sent decides
	}
	_, rest, _ := strings.Cut(string(status), "\nShdPnd:")
	line, _, _ := strings.Cut(rest, "\n")
	set, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	return err == nil && set&(1<<(unix.SIGKILL-1)) != 0
}

// Disturbed is nil while nobody but the harness, and the child itself where it
// was armed to, has killed, stopped or continued the child. Otherwise the error
// wraps ErrDisturbed and says what was seen. Whatever else is seen then decides
// nothing. A SIGWINCH during a call, which interrupts a sleep, is seen when the
// call ends; other signals that the child handles are not, nor a stop that is
// taken back before it has taken effect, nor who was first if somebody sends
// SIGKILL to one thread, as cgroup.kill does, while the harness does.
func (c *Child) Disturbed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.signals.others
	if c.signals.foreign != "" {
		seen = append(seen[:len(seen):len(seen)], c.signals.foreign)
	}
	if len(seen) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w: %s", c.name, ErrDisturbed, strings.Join(seen, ", "))
}

// killedByOther is an error if the child was, and has ended of it.
func (c *Child) killedByOther() error {
	c.mu.Lock()
	foreign := c.signals.foreign
	c.mu.Unlock()
	if foreign == "" {
		return nil
	}
	return fmt.Errorf("%w: %s%s", ErrDisturbed, foreign, indented(c.Output()))
}
