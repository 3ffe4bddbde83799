package soak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/soak/ledger"
)

// A round is one under way.
type round struct {
	*Campaign
	plan     Round
	dir      string
	path     string // of what is shared
	books    *ledger.Ledger
	timeline *harness.Timeline
	ends     map[Role]*end
	lives    map[Role]int
	at       int // the step
	result   Result
}

// newRound makes the folder of a round. It must be closed.
func (c *Campaign) newRound(plan Round) (*round, error) {
	dir, err := os.MkdirTemp(c.Dir, fmt.Sprintf("round-%d-", plan.Number))
	if err != nil {
		return nil, err
	}
	books, err := ledger.Create(filepath.Join(dir, "ledger"), ledger.Format{Seed: uint64(plan.Seed) ^ uint64(plan.Number)<<32, Longest: plan.Longest})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	r := &round{
		Campaign: c, plan: plan, dir: dir, path: filepath.Join(dir, "shared"), books: books,
		timeline: new(harness.Timeline), ends: map[Role]*end{}, lives: map[Role]int{}, result: newResult(plan.Seed),
	}
	r.result.Rounds = 1
	return r, nil
}

// close ends all processes and removes the folder.
func (r *round) close() {
	for _, e := range r.ends {
		e.child.Close()
	}
	r.books.Close()
	os.RemoveAll(r.dir)
}

// run runs the round: its steps, and then the end that both come to by themselves.
func (r *round) run(ctx context.Context) error {
	if err := r.begin(ctx, Writer, r.plan.Writer); err != nil {
		return err
	}
	if err := r.begin(ctx, Reader, r.plan.Reader); err != nil {
		return err
	}
	for i, s := range r.plan.Steps {
		r.at = i
		if !s.Starting {
			if err := r.flows(ctx); err != nil {
				return err
			}
		}
		if r.enough() {
			break
		}
		if err := r.step(ctx, s); err != nil {
			return err
		}
	}
	r.at = len(r.plan.Steps)
	if err := r.flows(ctx); err != nil {
		return err
	}
	return r.finish(ctx)
}

// begin starts a process, which begins its life.
func (r *round) begin(ctx context.Context, role Role, life Life) error {
	r.lives[role]++
	e := &end{Beginning: Beginning{
		Life: life, Role: role, Number: r.lives[role],
		Path: r.path, Ledger: filepath.Join(r.dir, "ledger"), Size: r.plan.Size,
	}, born: time.Now()}
	if e.Number > ledger.Lives {
		return fmt.Errorf("a ledger has room for %d lives of a kind", ledger.Lives)
	}
	child, err := r.Subject.Program.Start(harness.Config{Name: e.name(), Role: string(role), Env: r.Subject.Env, Timeline: r.timeline})
	if err != nil {
		return err
	}
	if old := r.ends[role]; old != nil {
		old.child.Close()
		r.result.Restarts++
	}
	e.child, r.ends[role] = child, e
	calls := r.Subject.Begin(e.Beginning)
	for i, call := range calls {
		e.calls = append(e.calls, child.Go(call.Op, call.Args))
		if role == Writer && e.Number == 1 && i == len(calls)-2 {
			if err := r.made(ctx, e); err != nil {
				return err
			}
		}
	}
	r.result.Ways[life.Way.Name]++
	return nil
}

// made waits until the first writer has made what is shared.
func (r *round) made(ctx context.Context, e *end) error {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	for _, p := range e.calls {
		if err := p.Wait(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// step strikes once.
func (r *round) step(ctx context.Context, s Step) error {
	if err := pause(ctx, s.After); err != nil {
		return err
	}
	if s.How == Stop {
		return r.stop(ctx, s)
	}
	if err := r.kill(ctx, s); err != nil {
		return err
	}
	if err := pause(ctx, s.Rest); err != nil {
		return err
	}
	for _, role := range s.Who {
		life := s.Writer
		if role == Reader {
			life = s.Reader
		}
		if err := r.begin(ctx, role, life); err != nil {
			return err
		}
	}
	return nil
}

// stop stops and continues: nobody has died, and nothing may be lost.
func (r *round) stop(ctx context.Context, s Step) error {
	r.result.Stops++
	for _, role := range s.Who {
		if err := r.ends[role].child.Stop(ctx); err != nil {
			return r.because(err)
		}
	}
	if err := pause(ctx, s.Rest); err != nil {
		return err
	}
	for _, role := range s.Who {
		if err := r.ends[role].child.Continue(ctx); err != nil {
			return r.because(err)
		}
	}
	return nil
}

// because is the reason of an error, if there is one that is certain.
func (r *round) because(err error) error {
	if failed := r.failed(false); failed != nil {
		return failed
	}
	return err
}

// failed returns what is wrong with the processes.
func (r *round) failed(finishing bool) error {
	for _, role := range Roles {
		if e := r.ends[role]; e != nil {
			if err := e.failed(finishing); err != nil {
				return err
			}
			if err := e.gone(); err != nil {
				return err
			}
		}
	}
	return nil
}

// finish has both come to their end, and looks whether all has arrived.
func (r *round) finish(ctx context.Context) error {
	r.timeline.Add("soak", "the end is asked for")
	r.books.Finish()
	over := func() bool { return r.ends[Writer].done() && r.ends[Reader].done() }
	if err := r.await(ctx, "the end of both", true, over); err != nil {
		return err
	}
	books := r.books.Books(r.lives[Writer], r.lives[Reader])
	if err := books.Drained(r.lives[Writer]); err != nil {
		return certain("%w", err)
	}
	left, err := r.Subject.Unread(r.path)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%d messages are left behind the last", len(left))
	}
	if err != nil {
		return certain("in the end: %w", err)
	}
	for life := 1; life <= r.lives[Writer]; life++ {
		if err := books.Ended(life); err != nil {
			return certain("%w", err)
		}
	}
	return nil
}

// account takes what has arrived so far into the result.
func (r *round) account() {
	books := r.books.Books(r.lives[Writer], r.lives[Reader])
	for life := range books.Writers {
		r.result.Messages += books.Arrived(life + 1)
		r.result.Lost += books.Lost(life + 1)
	}
	for _, t := range books.Readers {
		r.result.Messages -= t.Missed
		r.result.Unbooked += t.Missed
		r.result.Repeated += t.Repeated
	}
	for _, e := range r.ends {
		r.result.Longest = max(r.result.Longest, time.Since(e.born))
	}
}

// pause lets a while pass.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// An end is one process of the two.
type end struct {
	Beginning
	child *harness.Child
	calls []*harness.Pending
	born  time.Time
}

// name is that in timelines.
func (b Beginning) name() string { return fmt.Sprintf("%s %d", b.Role, b.Number) }

// failed returns what the process has come to that it must not: an error, or an
// end. finishing reports whether it may have done its work.
func (e *end) failed(finishing bool) error {
	for i, p := range e.calls {
		reply, ok := p.Reply()
		switch {
		case !ok:
		case reply.Error != "":
			failed := &harness.CallError{Child: e.name(), Op: reply.Op, Text: reply.Error, Errno: reply.Errno}
			if _, lacks := failed.Lack(); lacks {
				return failed
			}
			return certain("%s: %s: %s", e.name(), reply.Op, reply.Error)
		case i == len(e.calls)-1 && !finishing:
			return certain("%s: %s has ended by itself", e.name(), reply.Op)
		}
	}
	return nil
}

// done reports whether all calls have been answered.
func (e *end) done() bool {
	_, ok := e.calls[len(e.calls)-1].Reply()
	return ok
}

// gone returns an error if the process has ended, which nobody wanted.
func (e *end) gone() error {
	if err := e.child.Ending(); err != nil {
		return fmt.Errorf("%s has ended by itself: %w", e.name(), err)
	}
	return nil
}

// sleeps are the waits of the process on words of the file, as the kernel has them.
func (e *end) sleeps(path string) ([]harness.FutexWait, error) { return e.child.FutexWaits(path) }

const (
	bookInterval  = 100 * time.Microsecond // between two looks at the books
	sleepInterval = 5 * time.Millisecond   // between two looks at who sleeps
)

// flows waits until messages go through again: the writer that there is now has
// got rid of one, and the reader that there is now has got one of that writer's.
func (r *round) flows(ctx context.Context) error {
	return r.await(ctx, "messages to flow", false, r.flow())
}

// flow returns what reports whether messages have gone through since now.
func (r *round) flow() (gone func() bool) {
	writer, reader := r.lives[Writer], r.lives[Reader]
	sent, taken := r.books.Sent(writer).Done, r.books.Taken(reader).Last
	return func() bool {
		last := r.books.Taken(reader).Last
		return r.books.Sent(writer).Done > sent && last != taken && last.Life() == writer
	}
}

// await waits for something that must happen. It gives up with certainty if a
// process fails, or if it is proven that nothing will happen any more.
func (r *round) await(ctx context.Context, what string, finishing bool, happened func() bool) error {
	limit := time.Now().Add(r.Patience)
	lookedAt := time.Now()
	var stuck stuckness
	for !happened() {
		if err := r.failed(finishing); err != nil {
			return err
		}
		if time.Since(lookedAt) > sleepInterval {
			lookedAt = time.Now()
			if stuck.look(r, (*end).sleeps) && !happened() {
				return certain("waiting for %s: both ends sleep on words that they share, and nobody is left to wake them", what)
			}
		}
		if time.Now().After(limit) {
			if stuck.blind != nil {
				return fmt.Errorf("waiting for %s: not within %v, and it cannot be seen why: %w", what, r.Patience, stuck.blind)
			}
			return fmt.Errorf("waiting for %s: not within %v, and the processes are not seen to sleep for good", what, r.Patience)
		}
		if err := pause(ctx, bookInterval); err != nil {
			return err
		}
	}
	return r.failed(finishing)
}

// kill kills those of the step, and looks at what they leave.
func (r *round) kill(ctx context.Context, s Step) error {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	for _, role := range s.Who { // both are on their way before the first is waited for
		if err := r.ends[role].child.Signal(unix.SIGKILL); err != nil {
			return err
		}
	}
	for _, role := range s.Who {
		e := r.ends[role]
		exit, err := e.child.WaitExit(ctx)
		if err != nil {
			return err
		}
		if err := e.failed(false); err != nil { // it has said so before it died
			return err
		}
		if !exit.Killed() {
			return fmt.Errorf("%s was to be killed, and had ended by itself: %w", e.name(), e.child.Ending())
		}
		r.result.Kills++
		r.result.Killed[string(role)]++
		r.result.Longest = max(r.result.Longest, time.Since(e.born))
	}
	if len(s.Who) > 1 {
		r.result.Together++
	}
	if s.Starting {
		r.result.Starting++
	}
	return r.afterwards(s)
}

// afterwards looks at what a death has left: it is sound, it holds messages that
// were sent, in order, and where the reader is dead, those that come next.
func (r *round) afterwards(s Step) error {
	unread, err := r.Subject.Unread(r.path)
	if err != nil {
		return certain("after the death of %v: %w", s.Who, err)
	}
	books := r.books.Books(r.lives[Writer], r.lives[Reader])
	if s.strikes(Writer) {
		if err := books.Ended(r.lives[Writer]); err != nil {
			return certain("%w", err)
		}
	}
	scratch := make([]byte, r.books.Format.Longest)
	before := ledger.ID(0)
	for i, msg := range unread {
		id, err := r.books.Format.Read(msg, scratch)
		switch {
		case err != nil:
		case i > 0:
			err = books.Follows(before, id)
		case s.strikes(Reader):
			_, _, err = books.First(books.Stand(r.lives[Reader]+1), id)
		}
		if err != nil {
			return certain("after the death of %v, unread message %d of %d: %w", s.Who, i+1, len(unread), err)
		}
		before = id
	}
	return nil
}

// verdict is what an error that has ended a round is worth, with what is to be said
// beside it. Where somebody else has killed or stopped a process, or the machine
// lacks something, nothing is certain, whatever came of it.
func (r *round) verdict(err error) (Verdict, error) {
	var disturbed []error
	for _, role := range Roles {
		if e := r.ends[role]; e != nil {
			disturbed = append(disturbed, e.child.Disturbed())
		}
	}
	if d := errors.Join(disturbed...); d != nil {
		return Unknown, fmt.Errorf("%w; what came of it: %w", d, err)
	}
	if _, lacks := harness.Lack(err); lacks || errors.Is(err, harness.ErrDisturbed) {
		return Unknown, err
	}
	var failed *harness.CallError
	if errors.Is(err, errCertain) || errors.As(err, &failed) || errors.Is(err, harness.ErrExited) {
		return Fail, err
	}
	return Unknown, err
}

// sleeps are those in which a process was seen since anything had changed.
type sleeps struct {
	forever int64 // number of the one that ends by a wake alone; 0 if there is none
	seen    int   // how often in that one
	polls   map[int64]bool
	last    harness.FutexWait
}

// settled reports whether the process will do nothing by itself: it was seen twice
// in one sleep without a time limit, or has looked in vain between three others.
func (s *sleeps) settled() bool { return s.seen >= 2 || len(s.polls) >= 3 }

// in takes note of a sleep.
func (s *sleeps) in(w harness.FutexWait) {
	s.last = w
	switch {
	case w.Timeout != nil:
		s.polls[w.Sleeps] = true
	case w.Sleeps == s.forever:
		s.seen++
	default:
		s.forever, s.seen = w.Sleeps, 1
	}
}

// A stuckness is the attempt to prove that nothing flows any more.
type stuckness struct {
	image, books []byte
	asleep       map[Role]*sleeps
	blind        error // why the kernel shows nothing
}

// look looks once, and reports whether it is proven: both processes sleep on words
// of what they share, nobody else is there to wake them, and since both went to
// sleep, or have looked in vain, not a byte has changed.
func (s *stuckness) look(r *round, sleepsOf func(e *end, path string) ([]harness.FutexWait, error)) bool {
	if !s.same(r) {
		s.asleep = map[Role]*sleeps{Writer: {polls: map[int64]bool{}}, Reader: {polls: map[int64]bool{}}}
	}
	proven := true
	for role, e := range r.ends {
		a := s.asleep[role]
		waits, err := sleepsOf(e, r.path)
		if err != nil {
			s.blind = err
			return false
		}
		if len(waits) == 1 {
			a.in(waits[0])
		} else { // awake: between two polls, or at work
			a.seen = 0
		}
		proven = proven && a.settled()
	}
	if proven = proven && s.same(r); proven {
		for role, e := range r.ends {
			r.timeline.Mark(harness.Slept, "", e.name(), "%s, for good: nobody can wake it", s.asleep[role].last)
		}
	}
	return proven
}

// same reports whether nothing has changed since the last time.
func (s *stuckness) same(r *round) bool {
	image, err := os.ReadFile(r.path)
	books := r.books.Image()
	if err == nil && bytes.Equal(image, s.image) && bytes.Equal(books, s.books) {
		return true
	}
	s.image, s.books = image, books
	return false
}
