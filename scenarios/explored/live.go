package explored

import (
	"context"
	"fmt"
	"os"
	"time"

	"killpoint/harness"
	"killpoint/harness/explore"
	"killpoint/ring"
)

// deathLimit is how long one death beside a peer may take before it is given up:
// that decides nothing.
const deathLimit = 2 * time.Minute

// kept is what of a moment a running peer cannot change: the victim's own words
// and what it does.
type kept struct {
	own  explore.Hash
	kind explore.Kind
	call string
}

// beside is one operation, explored with a peer in one of its states.
type beside struct {
	*bench
	program *harness.Program
	state   string
	writes  bool // the victim is the writer
	r       *Result
	peer    *neighbour
	did     bool          // the peer was woken and has done its operation
	last    explore.Image // of the victim's last state
}

// side tells which end the victim has; ok is false if nobody can be beside it,
// because it makes the ring or needs both ends.
func (o Operation) side() (writes, ok bool) {
	if o.Makes || o.Replaces {
		return false, false
	}
	first := append(append([]Step{}, o.Before...), o.Do...)[0].Op
	return first == "attach", true
}

// peerStates are those in which a peer can be beside the operation. One that
// sleeps itself needs the ring in a state in which no peer sleeps, and a running
// peer would wake it or never let it sleep.
func (o Operation) peerStates() []string {
	if _, ok := o.side(); !ok || o.Sleeps {
		return []string{PeerLate}
	}
	return []string{PeerAsleep, PeerPolling, PeerRunning, PeerLate}
}

// live has the victim die at each point beside a peer in each of its states.
func (s Search) live(ctx context.Context, o Operation, r *Result) error {
	for _, state := range o.peerStates() {
		b, err := newBench(o, s.Dir)
		if err != nil {
			return err
		}
		l := &beside{bench: b, program: s.Build.Program, state: state, r: r}
		l.writes, _ = o.side()
		err = l.all(ctx)
		b.close()
		if err != nil {
			return fmt.Errorf("beside a peer that is %s: %w", state, err)
		}
	}
	return nil
}

// all explores the operation from where it begins beside the peer, and then
// kills it at each point.
func (l *beside) all(ctx context.Context) error {
	tr, err := l.predict(ctx)
	if err != nil {
		return err
	}
	for _, w := range l.judgeAll(tr) {
		l.r.wrong("beside a peer that is %s: %s", l.state, w)
	}
	for _, i := range points(tr) {
		if err := l.at(ctx, tr, i); err != nil {
			return fmt.Errorf("%s: %w", where(&tr.States[i]), err)
		}
		l.r.Live[l.state]++
		l.r.Kills++
	}
	return nil
}

// predict explores the operation with nobody's death: beside a peer that sleeps
// for the event alone, which does what it does while the victim is stopped, else
// alone.
func (l *beside) predict(ctx context.Context) (*explore.Trace, error) {
	if l.state == PeerAsleep || l.state == PeerPolling {
		if err := l.prepare(); err != nil {
			return nil, err
		}
	}
	if l.state == PeerAsleep {
		l.Wakes = 0 // it is the peer that shows it
	}
	if l.state == PeerAsleep && l.writes {
		l.Takes = min(1, len(l.Sends)) // by the peer
	} else if l.state == PeerAsleep && l.Takes > 0 {
		l.Sends = msgs(msg("P", peerBody))
	}
	if l.state != PeerAsleep {
		return l.explore(ctx, l.program.Path, nil)
	}
	ctx, stop := context.WithTimeout(ctx, deathLimit)
	defer stop()
	if err := l.settleDown(ctx); err != nil {
		return nil, err
	}
	defer l.leave()
	return l.run(ctx, func(*explore.State) bool { return false })
}

// prepare changes the ring that all runs begin with so that a peer has to sleep:
// it is empty for a reader, full for a writer.
func (l *beside) prepare() error {
	if err := l.reset(); err != nil {
		return err
	}
	change := l.fill
	if l.writes {
		change = l.empty
	}
	err := change()
	if err != nil {
		return err
	}
	l.before, err = os.ReadFile(l.path)
	return err
}

func (l *beside) empty() error {
	r, err := ring.Open(l.path)
	if err != nil {
		return err
	}
	_, err = drain(r)
	l.Older, l.Passed = nil, 0
	return closing(r, err)
}

func (l *beside) fill() error {
	w, err := ring.Attach(l.path)
	if err != nil {
		return err
	}
	older := append([][]byte{}, l.Older...)
	for {
		s, err := ring.Inspect(l.path)
		if err != nil {
			return closing(w, err)
		}
		free, tail := s.Capacity-(s.Write-s.Read), s.Capacity-s.Write%s.Capacity
		if free == 0 {
			l.Older = older
			return closing(w, nil)
		}
		m := msg(fmt.Sprintf("F%d", len(older)), int(min(free, tail))-word)
		if err := w.TryPush(m); err != nil {
			return closing(w, fmt.Errorf("fill: %w", err))
		}
		older = append(older, m)
	}
}

// settleDown makes the ring what it was, and has a peer go to sleep beside it.
func (l *beside) settleDown(ctx context.Context) error {
	if err := l.reset(); err != nil {
		return err
	}
	p, answer, err := join(ctx, l.program, l.path, "peer", l.writes, l.state == PeerPolling)
	if answer != nil {
		err = answer
	}
	if err != nil {
		return fmt.Errorf("the peer: %w", err)
	}
	l.peer, l.did = p, false
	p.begin(msg("P", peerBody))
	want := harness.Asleep
	if l.state == PeerPolling {
		want = harness.Repolling
	}
	settled, err := p.settle(ctx)
	if err == nil && settled != want {
		err = fmt.Errorf("the peer was to be %s, and is %s", want, settled)
	}
	if err != nil {
		l.leave()
	}
	return err
}

// run takes the victim through its operation up to its death, beside the peer.
// Whenever the peer was woken, the victim stands still until it is certain what
// that has come to.
func (l *beside) run(ctx context.Context, dies func(*explore.State) bool) (*explore.Trace, error) {
	cfg, err := l.command(l.program.Path)
	if err != nil {
		return nil, err
	}
	cfg.Watchdog = deathLimit
	var failed error
	cfg.OnStop = func(s *explore.State) explore.Action {
		if l.state == PeerAsleep && s.Kind == explore.Leave && s.Syscall.Name == "futex" && s.Syscall.Offset == l.peer.word() && !l.did {
			if failed = l.wake(ctx, s); failed != nil {
				return explore.Kill
			}
		}
		if dies(s) {
			return explore.Kill
		}
		l.last = s.Image
		return explore.Continue
	}
	tr, err := explore.Run(ctx, cfg)
	if failed != nil {
		err = failed
	}
	return tr, err
}

// wake is what a wake has come to: the peer does its work if there is any, else
// it sleeps again.
func (l *beside) wake(ctx context.Context, s *explore.State) error {
	work := l.work(l.last) // it may be done by now
	settled, err := l.peer.settle(ctx)
	if err != nil {
		return err
	}
	l.did = settled == harness.Done
	if l.did != work {
		l.r.wrong("%s: a peer was woken, work for it is there: %v, and it is %s", where(s), work, settled)
	}
	// What the peer has done by now belongs to this state: it may have been half
	// way when the image was taken.
	file, err := os.ReadFile(l.path)
	s.Image = append(explore.Image{file}, s.Image[1:]...)
	s.Hash, s.Canonical = s.Image.Hash(), Canonical(s.Image).Hash()
	return err
}

// work tells whether an image holds what the peer waits for.
func (l *beside) work(image explore.Image) bool {
	s := ring.Decode(image[0])
	if !l.writes {
		return s.Capacity-(s.Write-s.Read) >= uint64(ring.RecordSize(peerBody))
	}
	for _, rec := range s.Records {
		if !rec.Wrap {
			return true
		}
	}
	return false
}

// own is the hash of what the victim alone stores.
func (l *beside) own(image explore.Image) explore.Hash {
	s := ring.Decode(image[0])
	if !l.writes {
		return explore.Image{fmt.Append(nil, s.Read)}.Hash()
	}
	return explore.Image{fmt.Append(nil, s.Write, s.Commit), image[0][ring.HeaderSize:]}.Hash()
}

func (l *beside) kept(s *explore.State) kept {
	k := kept{own: l.own(s.Image), kind: s.Kind}
	if s.Syscall != nil {
		k.call = fmt.Sprint(s.Syscall.Name, s.Syscall.Offset)
	}
	return k
}
