package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// patience is how long any one run may take.
const patience = time.Minute

// course starts the processes of one run after the other. All that it leaves in
// dir is removed in the end.
type course struct {
	argv   []string
	dir    string
	stderr *os.File
	skip   uint64 // a planted fault, see job

	guard *process

	// For tests: began sees the processes of every run after the start signal,
	// and tracees are traced in their place.
	began   func([]*process)
	tracees []int
}

// outcome is what the two ends of a run came to.
type outcome struct {
	ns    int64 // from the start signal to the last message
	count uint64
	said  map[role]said
}

// newCourse makes a folder below dir, which the janitor will remove if this
// process cannot.
func newCourse(ctx context.Context, argv []string, dir string, stderr *os.File) (*course, error) {
	c := &course{argv: argv, stderr: stderr}
	c.dir = filepath.Join(dir, fmt.Sprintf("killpoint-bench-%d-%x", os.Getpid(), time.Now().UnixNano()))
	guard, err := c.single(ctx, job{Role: janitor})
	if err != nil {
		return nil, err
	}
	c.guard = guard
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		return nil, errors.Join(err, c.end())
	}
	return c, nil
}

// end removes the folder and ends the janitor.
func (c *course) end() error {
	return errors.Join(os.RemoveAll(c.dir), c.dismiss(c.guard))
}

// single starts a process that has no other end, and waits until it is ready.
func (c *course) single(ctx context.Context, j job) (*process, error) {
	r := c.newRun()
	if err := r.add(j, ends{}); err != nil {
		return nil, r.fail(err)
	}
	if err := r.ready(ctx, 1); err != nil {
		return nil, err
	}
	return r.processes[0], nil
}

// dismiss ends a process started by single. It is an error if it did not last.
func (c *course) dismiss(p *process) (err error) {
	select {
	case <-p.gone:
		err = fmt.Errorf("%v died too early: %v", p, p.cmd.ProcessState)
	default:
	}
	p.kill()
	<-p.gone
	p.commands.Close()
	return err
}

// pass runs both ends of an implementation.
func (c *course) pass(ctx context.Context, i Impl, j job) (outcome, error) {
	jobs, back := []job{j, j}, i.ping != nil && j.Role == pinger
	jobs[0].Role, jobs[1].Role = writer, reader
	if back {
		jobs[0].Role, jobs[1].Role = pinger, echoer
	}
	if i.single {
		jobs = jobs[:1]
	}
	o, err := c.run(ctx, i, jobs, back, false)
	if err != nil {
		return o, fmt.Errorf("%s, %d bytes: %w", i.Name, j.Size, err)
	}
	return o, nil
}

// run starts the jobs, and the tracer if they are to be traced, gives the start
// signal and collects what they say.
func (c *course) run(ctx context.Context, i Impl, jobs []job, back, traced bool) (o outcome, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not done after %v", patience))
	defer cancel()
	var streams [2]ends
	if i.link != nil {
		if streams[0], streams[1], err = i.link(c.dir, back); err != nil {
			return o, err
		}
	}
	defer c.sweep()
	r := c.newRun()
	defer r.close()
	for n, j := range jobs {
		j.Traceable = traced
		if err := r.add(j, streams[n]); err != nil {
			closeEnds(streams[:]...)
			return o, r.fail(err)
		}
	}
	closeEnds(streams[:]...)
	if err := r.ready(ctx, len(jobs)); err != nil {
		return o, err
	}
	if traced {
		if err := r.trace(ctx); err != nil {
			return o, err
		}
	}
	began := monotonic()
	for _, p := range r.processes {
		p.begin()
	}
	if c.began != nil {
		c.began(r.processes)
	}
	if err := r.finish(ctx); err != nil {
		return o, err
	}
	o = outcome{count: jobs[0].Count, said: r.results}
	for role, s := range r.results {
		if role == jobs[len(jobs)-1].Role || i.alone {
			o.ns = max(o.ns, s.Ended-began)
		}
	}
	return o, nil
}

// sweep removes what a run left in the folder.
func (c *course) sweep() {
	left, _ := filepath.Glob(filepath.Join(c.dir, "*"))
	for _, path := range left {
		os.Remove(path)
	}
}

// errTracer marks failures of the tracer, which fail no measurement.
var errTracer = errors.New("the tracer failed")
