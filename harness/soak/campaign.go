package soak

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"killpoint/harness/report"
)

// A Campaign is as many rounds as are wanted.
type Campaign struct {
	Subject Subject
	Dir     string // in which rounds work; they leave nothing there
	Seed    int64
	// Kills is after how many kills it ends, and For after how long; 0 is no
	// limit, and one of them must be set.
	Kills int
	For   time.Duration
	// Only, unless negative, is the one round whose schedule is run, again and
	// again.
	Only     int
	Parallel int           // rounds side by side
	Patience time.Duration // for one wait; beyond it all is unknown
	// Evidence is the folder in which a finding leaves its own, and Repeat the
	// command that runs the schedule of a round again.
	Evidence string
	Repeat   func(round int) string
	Done     func(sofar Result) // after each round, one at a time; may be nil

	began time.Time
	mu    sync.Mutex
	next  int
	spent int // kills that are given out
	found bool
	total Result
}

// Run runs the campaign, up to the first finding. It can be run once.
func (c *Campaign) Run(ctx context.Context) Result {
	c.began, c.total = time.Now(), newResult(c.Seed)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := c.canStrike(ctx); err != nil {
		c.total.Findings = []Finding{{Verdict: Unknown, What: err.Error()}}
		return c.total
	}
	var workers sync.WaitGroup
	for range max(c.Parallel, 1) {
		workers.Go(func() {
			for {
				plan, ok := c.take(ctx)
				if !ok {
					return
				}
				c.note(ctx, c.round(ctx, plan), stop)
			}
		})
	}
	workers.Wait()
	c.total.Time = time.Since(c.began)
	c.total.Interrupted = ctx.Err() != nil && !c.found
	return c.total
}

// canStrike asks before the first round whether processes can be killed here.
func (c *Campaign) canStrike(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	return c.Subject.Program.CanSignal(ctx, c.Subject.Env...)
}

// take returns the next round, if there is to be one.
func (c *Campaign) take(ctx context.Context) (Round, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := roundKills
	if c.Kills > 0 {
		limit = c.Kills - c.spent
	}
	if ctx.Err() != nil || limit <= 0 || c.enough() {
		return Round{}, false
	}
	number := c.next
	c.next++
	if c.Only >= 0 {
		number = c.Only
	}
	plan := NewRound(c.Subject, c.Seed, number, limit)
	c.spent += plan.Kills()
	return plan, true
}

// enough reports whether the time is over.
func (c *Campaign) enough() bool { return c.For > 0 && time.Since(c.began) >= c.For }

// note adds what a round has seen, and ends the campaign if that is a finding.
func (c *Campaign) note(ctx context.Context, r Result, stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.found { // by another one; this one was cut off, or is as good
		r.Findings = nil
	}
	add(&c.total, r)
	c.total.AddPoint(report.SoakPoint{Seconds: time.Since(c.began).Seconds(), Kills: c.total.Kills, Messages: c.total.Messages})
	if len(r.Findings) > 0 {
		c.found = true
		stop()
	}
	if c.Done != nil && ctx.Err() == nil {
		c.total.Time = time.Since(c.began)
		c.Done(c.total)
	}
}

// round runs one.
func (c *Campaign) round(ctx context.Context, plan Round) Result {
	r, err := c.newRound(plan)
	if err != nil {
		res := newResult(plan.Seed)
		res.Findings = []Finding{{Round: plan.Number, Verdict: Unknown, What: err.Error(), Repeat: c.Repeat(plan.Number)}}
		return res
	}
	defer r.close()
	err = r.run(ctx)
	r.account()
	if err == nil {
		return r.result
	}
	verdict, err := r.verdict(err)
	if ctx.Err() != nil && verdict != Fail {
		return r.result
	}
	f := Finding{Round: plan.Number, Kill: r.result.Kills, Verdict: verdict, What: err.Error(), Repeat: c.Repeat(plan.Number)}
	if f.Folder, err = r.keep(f); err != nil {
		f.Folder = ""
		f.What += fmt.Sprintf("; the evidence could not be kept: %v", err)
	}
	r.result.Findings = append(r.result.Findings, f)
	return r.result
}

// What a campaign has seen, and why it does not pass.
type (
	Result  = report.Soak
	Finding = report.SoakFinding
	// A Verdict says what a finding is worth. There is none for what passes.
	Verdict = string
)

// The verdicts of a finding.
const (
	Fail    = report.Fail    // it is certain
	Unknown = report.Unknown // nothing is: what should happen did not in time, or could not be seen
)

func newResult(seed int64) Result {
	return Result{Seed: seed, Killed: map[string]int{}, Ways: map[string]int{}, Findings: []Finding{}}
}

// add adds what one round has seen.
func add(r *Result, o Result) {
	r.Rounds += o.Rounds
	r.Kills += o.Kills
	r.Together += o.Together
	r.Starting += o.Starting
	r.Stops += o.Stops
	r.Restarts += o.Restarts
	r.Messages += o.Messages
	r.Lost += o.Lost
	r.Unbooked += o.Unbooked
	r.Repeated += o.Repeated
	r.Longest = max(r.Longest, o.Longest)
	for role, n := range o.Killed {
		r.Killed[role] += n
	}
	for way, n := range o.Ways {
		r.Ways[way] += n
	}
	r.Findings = append(r.Findings, o.Findings...)
}

// errCertain is matched by what is wrong for certain. Whatever else ends a round
// shows nothing.
var errCertain = errors.New("not as documented")

func certain(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errCertain}, args...)...)
}
