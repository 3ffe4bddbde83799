package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
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

// process is one child, from the parent's side.
type process struct {
	role     role
	cmd      *exec.Cmd
	commands *os.File
	unwanted bool // killed by the parent, which has no use for it any more
	gone     chan struct{}
}

// news is what a child said, or that it is no more.
type news struct {
	from *process
	said said
	end  bool
	exit error // how it ended
}

// start starts a child that does j with its streams, and reports what it says,
// and at last its end, on a channel.
func start(argv []string, stderr *os.File, j job, streams ends, report chan<- news) (*process, error) {
	commandsR, commandsW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer commandsR.Close()
	eventsR, eventsW, err := os.Pipe()
	if err != nil {
		commandsW.Close()
		return nil, err
	}
	defer eventsW.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.Stderr = stderr
	cmd.ExtraFiles = []*os.File{commandsR, eventsW}
	add := func(f *os.File) int {
		if f == nil {
			return 0
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
		return 2 + len(cmd.ExtraFiles) // they are numbered from 3
	}
	j.Out = add(streams.out)
	if j.In = j.Out; streams.in != streams.out {
		j.In = add(streams.in)
	}
	// An interrupt at the terminal is the parent's to deal with.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		commandsW.Close()
		eventsR.Close()
		return nil, err
	}
	p := &process{role: j.Role, cmd: cmd, commands: commandsW, gone: make(chan struct{})}
	go p.listen(eventsR, report)
	if err := json.NewEncoder(commandsW).Encode(j); err != nil && !errors.Is(err, syscall.EPIPE) {
		return p, err // one that is dead already is reported as such
	}
	return p, nil
}

// listen reports what the child says until it has ended. The channel must have
// room for all of it.
func (p *process) listen(events *os.File, report chan<- news) {
	defer events.Close()
	dec := json.NewDecoder(events)
	for {
		var s said
		if err := dec.Decode(&s); err != nil {
			break
		}
		report <- news{from: p, said: s}
	}
	report <- news{from: p, end: true, exit: p.cmd.Wait()}
	close(p.gone)
}

// begin gives the signal to start. A child that is dead is reported as such.
func (p *process) begin() { _, _ = p.commands.WriteString(startLine + "\n") }

// kill ends the child, whose end is then no failure.
func (p *process) kill() {
	p.unwanted = true
	_ = p.cmd.Process.Kill() // it may have ended
}

// String is for messages.
func (p *process) String() string { return fmt.Sprintf("%s (process %d)", p.role, p.cmd.Process.Pid) }

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
