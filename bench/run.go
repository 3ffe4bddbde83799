package bench

import (
	"context"
	"errors"
	"fmt"
)

// run is a set of processes that belong together: if one fails, all end.
type run struct {
	course    *course
	processes []*process
	report    chan news
	alive     int
	results   map[role]said
	lost      error // of one that has lost the other end, whose news will tell why
}

func (c *course) newRun() *run {
	const most = 4 * 3 // three processes, each with ready, result and end
	return &run{course: c, report: make(chan news, most), results: map[role]said{}}
}

// add starts a process.
func (r *run) add(j job, streams ends) error {
	j.Dir, j.Skip = r.course.dir, r.course.skip
	p, err := start(r.course.argv, r.course.stderr, j, streams, r.report)
	if p != nil {
		r.processes, r.alive = append(r.processes, p), r.alive+1
	}
	return err
}

// ready waits until that many processes more are ready.
func (r *run) ready(ctx context.Context, n int) error {
	for ; n > 0; n-- {
		s, err := r.next(ctx)
		if err != nil {
			return err
		}
		if !s.said.Ready {
			return r.fail(fmt.Errorf("%v is done before the start", s.from))
		}
	}
	return nil
}

// trace adds the tracer of the processes there are.
func (r *run) trace(ctx context.Context) error {
	j := job{Role: tracer, Pids: r.course.tracees}
	for _, p := range r.processes {
		if len(r.course.tracees) > 0 {
			break
		}
		j.Pids = append(j.Pids, p.cmd.Process.Pid)
	}
	if err := r.add(j, ends{}); err != nil {
		return r.fail(err)
	}
	return r.ready(ctx, 1)
}

// finish collects the results, until all processes have ended.
func (r *run) finish(ctx context.Context) error {
	for r.alive > 0 {
		n, err := r.next(ctx)
		if err != nil {
			return err
		}
		if n.end {
			continue
		}
		r.results[n.from.role] = n.said
	}
	if r.lost != nil {
		return r.fail(nil)
	}
	return nil
}

// next waits for news that are good: a word, or the end of a process that has
// given its result.
func (r *run) next(ctx context.Context) (news, error) {
	select {
	case n := <-r.report:
		if err := r.judge(n); err != nil {
			return n, r.fail(err)
		}
		return n, nil
	case <-ctx.Done():
		return news{}, r.fail(context.Cause(ctx))
	}
}

// judge turns bad news into an error.
func (r *run) judge(n news) error {
	if !n.end {
		if n.said.Err == "" {
			return nil
		}
		if n.said.Lost {
			r.lost, n.from.unwanted = fmt.Errorf("%v: %s", n.from, n.said.Err), true
			return nil
		}
		if n.from.role == tracer {
			return fmt.Errorf("%w: %s", errTracer, n.said.Err)
		}
		return fmt.Errorf("%v: %s", n.from, n.said.Err)
	}
	r.alive--
	_, done := r.results[n.from.role]
	switch {
	case n.from.unwanted:
		return nil
	case n.exit != nil:
		return fmt.Errorf("%v died: %w", n.from, n.exit)
	case !done:
		return fmt.Errorf("%v ended without a result", n.from)
	}
	return nil
}

// fail ends all processes and adds to err what else they had to say: one that
// fails makes the other one fail, and only one of them is the reason.
func (r *run) fail(err error) error {
	all := []error{err}
	for _, p := range r.processes {
		p.kill()
	}
	for r.alive > 0 {
		if more := r.judge(<-r.report); more != nil {
			all = append(all, more)
		}
	}
	r.close()
	return errors.Join(append(all, r.lost)...)
}

// close gives up the pipes to processes that have ended.
func (r *run) close() {
	for _, p := range r.processes {
		p.commands.Close()
	}
}
