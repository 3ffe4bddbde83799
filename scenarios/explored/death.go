package explored

import (
	"context"
	"fmt"

	"killpoint/harness"
	"killpoint/harness/explore"
)

// at has a fresh victim die at one state of the prediction, beside a fresh peer,
// and looks at what is left, and at what the peer and a successor do with it.
func (l *beside) at(ctx context.Context, tr *explore.Trace, ordinal int) error {
	ctx, stop := context.WithTimeout(ctx, deathLimit)
	defer stop()
	want := &tr.States[ordinal]
	defer l.leave()
	dead, err := l.die(ctx, tr, want)
	if err != nil {
		return err
	}
	if dead.Ending != explore.Killed {
		l.r.wrong("%s, beside a peer that is %s: the victim does not come there", where(want), l.state)
		return nil
	}
	switch {
	case l.still():
		if !dead.After.Equal(want.Image) {
			l.r.wrong("%s, beside a peer that is %s: a real death leaves another image", where(want), l.state)
		}
	case l.own(dead.After) != l.own(want.Image):
		l.r.wrong("%s, beside a peer that is %s: a real death leaves other words of the victim", where(want), l.state)
	}
	if err := l.reacts(ctx, want); err != nil {
		return fmt.Errorf("the peer: %w", err)
	}
	if err := l.succeed(ctx, want, l.fates[ordinal]); err != nil {
		return fmt.Errorf("afterwards: %w", err)
	}
	return nil
}

// leave ends the peer.
func (l *beside) leave() {
	if l.peer != nil {
		l.peer.Close()
		l.peer = nil
	}
}

// still tells whether nobody but the victim has changed the image since the
// operation began, or what others have changed is known to the byte.
func (l *beside) still() bool { return l.state == PeerLate || l.state == PeerAsleep }

// die brings the peer into its state and the victim to its death. Where the
// peer stands still, the state is known by its ordinal, else by what the victim
// itself has done.
func (l *beside) die(ctx context.Context, tr *explore.Trace, want *explore.State) (*explore.Trace, error) {
	switch l.state {
	case PeerLate:
		return l.explore(ctx, l.program.Path, &want.Ordinal)
	case PeerAsleep:
		if err := l.settleDown(ctx); err != nil {
			return nil, err
		}
		return l.run(ctx, func(s *explore.State) bool { return s.Ordinal == want.Ordinal })
	}
	stop := func() error { return nil }
	var err error
	if l.state == PeerPolling {
		err = l.settleDown(ctx)
	} else {
		stop, err = l.keepRunning(ctx)
	}
	if err != nil {
		return nil, err
	}
	dead, err := l.run(ctx, func(s *explore.State) bool { return l.kept(s) == l.kept(want) })
	if failed := stop(); failed != nil {
		err = fmt.Errorf("the peer: %w", failed)
	}
	return dead, err
}

func (l *beside) keepRunning(ctx context.Context) (stop func() error, err error) {
	if err := l.reset(); err != nil {
		return nil, err
	}
	p, answer, err := join(ctx, l.program, l.path, "peer", l.writes, false)
	if answer != nil {
		err = answer
	}
	if err != nil {
		return nil, err
	}
	l.peer = p
	return p.keepOn(ctx)
}

// reacts compares what the peer does before anybody else comes with what the
// image and the wakes say.
func (l *beside) reacts(ctx context.Context, want *explore.State) error {
	if l.peer == nil || l.peer.pending == nil {
		return nil // late, running, or done with it
	}
	settled, err := l.peer.settle(ctx)
	if err != nil {
		return err
	}
	work := l.work(want.Image)
	expected := harness.Asleep // with work beside it, it stalls: nobody will ever wake it
	if l.state == PeerPolling {
		expected = harness.Repolling
		if work {
			expected = harness.Done
		}
	}
	if settled != expected {
		l.r.wrong("%s: a peer that is %s, work for it is there: %v, is %s and not %s", where(want), l.state, work, settled, expected)
	}
	return nil
}
