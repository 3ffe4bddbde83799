package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

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
