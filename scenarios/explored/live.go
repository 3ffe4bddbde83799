package explored

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"killpoint/harness"
	"killpoint/harness/explore"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// deathLimit is how long one death beside a peer may take before it is given up:
// that decides nothing.
const deathLimit = 2 * time.Minute

// kept is what of a crash point a running peer cannot change: the victim's own words
// and what it does.
type kept struct {
	own  explore.Hash
	kind explore.Kind
	call string
}

// beside is one operation, explored with a peer in one of its states.
type beside struct {
	*exploration
	program *harness.Program
	state   string
	writes  bool // the victim is the writer
	r       *Result
	peer    *livePeer
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
		b, err := newExploration(o, s.Dir)
		if err != nil {
			return err
		}
		l := &beside{exploration: b, program: s.Build.Program, state: state, r: r}
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

// work reports whether an image holds what the peer waits for.
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

// at kills a fresh victim at one state of the prediction, beside a fresh peer,
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

// still reports whether nobody but the victim has changed the image since the
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

// succeed has a successor of the victim go on, beside the peer that is there or
// one that comes now. In the end readers must have got exactly what the judge has
// said of the image, and what was sent since.
func (l *beside) succeed(ctx context.Context, want *explore.State, f fate) error {
	if _, ok := l.side(); !ok {
		return l.reopen(ctx, want)
	}
	complain := func(format string, args ...any) {
		l.r.wrong("%s, beside a peer that is %s: %s", where(want), l.state, fmt.Sprintf(format, args...))
	}
	if l.peer == nil {
		p, answer, err := join(ctx, l.program, l.path, "late peer", l.writes, false)
		if err != nil {
			return err
		}
		if answer != nil {
			complain("a late peer: %v", answer)
			return nil
		}
		l.peer = p
	}
	next, answer, err := join(ctx, l.program, l.path, "successor", !l.writes, false)
	if err != nil {
		return err
	}
	if answer != nil {
		complain("a successor: %v", answer)
		return nil
	}
	defer next.Close()
	reader, writer := l.peer, next
	if !l.writes {
		reader, writer = next, l.peer
	}
	if err := l.exchange(ctx, reader, writer); err != nil {
		if failed := (*harness.CallError)(nil); errors.As(err, &failed) || errors.Is(err, errNever) || errors.Is(err, errNoRoom) {
			complain("%v", err)
			return nil
		}
		return err
	}
	if wrong := differ(reader.got, l.wanted(f, writer.sent)); wrong != "" {
		complain("%s", wrong)
	}
	return nil
}

// disagree reports whether of two that were asked the same one was refused.
func disagree(one, other error) bool { return (one == nil) != (other == nil) }

// differ says how what readers have got is not what they must get; empty if it is.
func differ(got, wanted [][]byte) string {
	if equal(got, wanted) {
		return ""
	}
	return fmt.Sprintf("readers get %s, must get %s", names(got), names(wanted))
}

// wanted are the messages that readers get in all: those that the victim has not
// taken, or has published, and those that a writer has sent which is no victim.
func (l *beside) wanted(f fate, sent [][]byte) [][]byte {
	switch {
	case l.state == PeerLate: // what a peer has done meanwhile is part of the operation
	case l.writes:
		f.taken = 0 // by the peer
	default:
		f.sent = 0 // by the peer, and among what it has sent
	}
	all := append(append([][]byte{}, l.Older[l.Passed:]...), l.Sends[:f.sent]...)
	return append(append([][]byte{}, all[f.taken:]...), sent...)
}

// What exchange finds wrong.
var (
	errNever  = errors.New("goes on sleeping beside its work")
	errNoRoom = errors.New("there is no room for another message")
)

// exchange has the writer send one more message and the reader take all. Whoever
// was asleep must be woken by that.
func (l *beside) exchange(ctx context.Context, reader, writer *livePeer) error {
	if writer.pending != nil { // for room, which the reader makes
		if err := reader.drain(ctx); err != nil {
			return err
		}
		if settled, err := writer.settle(ctx); err != nil || settled != harness.Done {
			return errors.Join(err, fmt.Errorf("the writer %w: it is %s", errNever, settled))
		}
		return reader.drain(ctx)
	}
	n := msg("N", 12)
	if l.state == PeerLate { // the older messages may fill the ring
		if err := reader.drain(ctx); err != nil {
			return err
		}
	}
	room, err := writer.put(ctx, n)
	if err != nil {
		return err
	}
	if reader.pending != nil {
		if settled, err := reader.settle(ctx); err != nil || settled != harness.Done {
			return errors.Join(err, fmt.Errorf("the reader %w: it is %s", errNever, settled))
		}
	}
	if err := reader.drain(ctx); err != nil || room {
		return err
	}
	// What was left had filled the ring: there was no room before the reader took it.
	switch room, err := writer.put(ctx, n); {
	case err != nil:
		return err
	case !room:
		return errNoRoom
	}
	return reader.drain(ctx)
}

// reopen has a reader come to what is left of a ring that was being made or
// replaced. It gets what one in this process gets from the same image.
func (l *beside) reopen(ctx context.Context, want *explore.State) error {
	var wanted [][]byte
	r, refused := ring.Open(l.path)
	if refused == nil {
		s, err := ring.Inspect(l.path)
		if err := closing(r, err); err != nil {
			return err
		}
		for _, rec := range s.Records {
			wanted = append(wanted, append([]byte{}, rec.Body...))
		}
	}
	p, answer, err := join(ctx, l.program, l.path, "late peer", true, false)
	switch {
	case err != nil:
		return err
	case disagree(answer, refused):
		l.r.wrong("%s: a late reader is told %v, one in this process %v", where(want), answer, refused)
	}
	if p == nil {
		return nil
	}
	defer p.Close()
	if err := p.drain(ctx); err != nil {
		return err
	}
	if !equal(p.got, wanted) {
		l.r.wrong("%s: a late reader gets %s of %s", where(want), names(p.got), names(wanted))
	}
	return nil
}

// The states of a peer beside which a victim dies.
const (
	PeerAsleep  = "asleep"  // in the futex, for the event alone
	PeerPolling = "polling" // asleep too, and looking at the indices by itself
	PeerRunning = "running" // in a loop of operations
	PeerLate    = "late"    // comes when the victim is dead
)

const (
	pollEvery = 2 * time.Millisecond
	peerBody  = 40 // bytes of a message that a writer sends which is no victim
)

// livePeer is a live process with one end of the ring.
type livePeer struct {
	*harness.Child
	path    string
	reader  bool
	pending *harness.Pending // an operation under way
	got     [][]byte         // what it has received
	sent    [][]byte         // what it has published
}

// join starts a process of a role and has it take its end. An answer that is an
// error is the ring's, any other error the harness's.
func join(ctx context.Context, program *harness.Program, path, name string, reader, polls bool) (p *livePeer, answer, err error) {
	p = &livePeer{path: path, reader: reader}
	role, op := "writer", "attach"
	if reader {
		role, op = "reader", "open"
	}
	if p.Child, err = program.Start(harness.Config{Name: name, Role: role, Env: []string{ring.PollEnv + "="}}); err != nil {
		return nil, nil, err
	}
	args := ops.Join{Path: path, Off: !polls}
	if polls {
		args.Poll = pollEvery
	}
	err = p.Call(ctx, op, args, nil)
	if failed := (*harness.CallError)(nil); errors.As(err, &failed) {
		p.Close()
		return nil, failed, nil
	}
	if err != nil {
		p.Close()
		return nil, nil, err
	}
	return p, nil, nil
}

// word is the event that it waits for.
func (p *livePeer) word() int64 {
	if p.reader {
		return ring.DataAvailOffset
	}
	return ring.SpaceAvailOffset
}

// begin begins the operation in which it waits: a pop, or a push of m.
func (p *livePeer) begin(m []byte) {
	if p.reader {
		p.pending = p.Go("pop", nil)
		return
	}
	p.sent = append(p.sent, m)
	p.pending = p.Go("push", ops.Push{Msg: m})
}

// settle waits until it is certain what becomes of its operation. One that is
// done is no more pending.
func (p *livePeer) settle(ctx context.Context) (harness.Settled, error) {
	settled, _, err := p.Settle(ctx, p.pending, p.path, p.word(), func() ([]byte, error) { return os.ReadFile(p.path) })
	if err != nil || settled != harness.Done {
		return settled, err
	}
	var m []byte
	into := any(&m)
	if !p.reader {
		into = nil
	}
	if err := p.pending.Wait(ctx, into); err != nil {
		return settled, err
	}
	if p.reader {
		p.got = append(p.got, m)
	}
	p.pending = nil
	return settled, nil
}

// drain has a reader take all there is.
func (p *livePeer) drain(ctx context.Context) error {
	for range 10_000 {
		if more, err := p.take(ctx); err != nil || !more {
			return err
		}
	}
	return errors.New("messages without end")
}

// take has a reader take one message, if there is one.
func (p *livePeer) take(ctx context.Context) (more bool, err error) {
	var m []byte
	err = p.Call(ctx, "try-pop", nil, &m)
	if failed := (*harness.CallError)(nil); errors.As(err, &failed) && failed.Matches("empty") {
		return false, nil
	}
	if err == nil {
		p.got = append(p.got, m)
	}
	return err == nil, err
}

// put has a writer publish a message, if there is room.
func (p *livePeer) put(ctx context.Context, m []byte) (room bool, err error) {
	err = p.Call(ctx, "try-push", ops.Push{Msg: m}, nil)
	if failed := (*harness.CallError)(nil); errors.As(err, &failed) && failed.Matches("full") {
		return false, nil
	}
	if err == nil {
		p.sent = append(p.sent, m)
	}
	return err == nil, err
}

// keepOn has it do one operation after the other until the function returned is
// called, which waits for the last one.
func (p *livePeer) keepOn(ctx context.Context) (stop func() error, err error) {
	one := func(i int) (err error) {
		if p.reader {
			_, err = p.take(ctx)
		} else {
			_, err = p.put(ctx, msg(fmt.Sprintf("R%d", i), peerBody))
		}
		return err
	}
	if err := one(0); err != nil { // it is in the middle of it from now on
		return nil, err
	}
	quit, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 1; ; i++ {
			select {
			case <-quit:
				done <- nil
				return
			default:
			}
			if err := one(i); err != nil {
				done <- err
				return
			}
		}
	}()
	return func() error { close(quit); return <-done }, nil
}
