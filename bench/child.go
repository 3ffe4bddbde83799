package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Descriptors of a child beyond the standard ones.
const (
	commandFD = 3 // lines from the parent; their end is the parent's death
	eventFD   = 4 // values of said, to the parent
)

// childEnv is set for children: without it, their descriptors may be anything.
const childEnv = "KILLPOINT_BENCH_CHILD"

// Child is the whole of a child process: it does the one job that the parent
// sends it, and returns when the parent knows what came of it. The error is for
// a process that was not started by [Run]; one with the job goes to the parent.
//
// As soon as the parent is gone, however it died, the process removes the folder
// with rings and areas and exits.
func Child() error {
	if os.Getenv(childEnv) == "" {
		return errors.New("this command is one end of a measurement and is started by 'killpoint bench'")
	}
	commands := bufio.NewReader(os.NewFile(commandFD, "commands"))
	var j job
	line, err := commands.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &j)
	}
	if err != nil {
		return fmt.Errorf("bench child: the job: %w", err)
	}
	started := make(chan struct{})
	go obey(commands, j.Dir, started)
	events := json.NewEncoder(os.NewFile(eventFD, "events"))
	if _, err := json.Marshal(said{}); err != nil { // so that its first use is no cost of the run
		return err
	}
	result, err := do(j, func() error {
		if err := events.Encode(said{Ready: true}); err != nil {
			return err
		}
		<-started
		return nil
	})
	if err != nil {
		result = said{Err: err.Error(), Lost: otherEndGone(err)}
	}
	return events.Encode(result)
}

// obey closes started at the parent's signal, and ends the process with the
// parent. Its reads block a thread of their own, so that they cost the
// measurement nothing.
func obey(commands *bufio.Reader, dir string, started chan<- struct{}) {
	if line, err := commands.ReadString('\n'); err == nil && line == startLine+"\n" {
		close(started)
		_, _ = commands.ReadByte() // nothing comes but the end
	}
	os.RemoveAll(dir)
	os.Exit(1)
}

// do readies the job, waits for the start, and does it.
func do(j job, ready func() error) (said, error) {
	switch j.Role {
	case spinner:
		if err := ready(); err != nil {
			return said{}, err
		}
		for turns := uint64(0); ; {
			turns++
		}
	case janitor:
		if err := ready(); err != nil {
			return said{}, err
		}
		select {}
	case tracer:
		return trace(j.Pids, ready)
	}
	e := &endpoint{job: j, histogram: newLatencies()}
	e.out = stream(j.Out)
	if e.in = e.out; j.In != j.Out {
		e.in = stream(j.In)
	}
	run, err := e.open()
	if err != nil {
		return said{}, err
	}
	if j.Traceable {
		// Not all kernels know it, and not all need it.
		_ = unix.Prctl(unix.PR_SET_PTRACER, unix.PR_SET_PTRACER_ANY, 0, 0, 0)
	}
	runtime.GC() // what was needed to get ready is no cost of the run
	before := footprint()
	if err := ready(); err != nil {
		return said{}, err
	}
	if err := run(0, j.Count); err != nil {
		return said{}, err
	}
	result := said{Ended: monotonic()}
	after := footprint()
	result.Mallocs = after.mallocs - before.mallocs
	result.Switches = after.switches - before.switches
	result.Trips = e.histogram.TotalCount()
	result.P50 = e.histogram.ValueAtQuantile(50)
	result.P99 = e.histogram.ValueAtQuantile(99)
	result.P999 = e.histogram.ValueAtQuantile(99.9)
	return result, nil
}

// open finds the work of the endpoint's role.
func (e *endpoint) open() (work, error) {
	i, err := findImpl(e.Impl)
	if err != nil {
		return nil, err
	}
	var open opener
	switch e.Role {
	case writer:
		open = i.send
	case reader:
		open = i.receive
	case pinger:
		open = i.ping
	case echoer:
		open = i.echo
	}
	if open == nil {
		return nil, fmt.Errorf("%s has no role %q", e.Impl, e.Role)
	}
	run, err := open(e)
	if err == nil && e.Role == writer && !i.single {
		return func(from, to uint64) error { return sending(from, to, e.Skip, run) }, nil
	}
	return run, err
}

// sending is a writer's work, without the message that is to be left out.
func sending(from, to, skip uint64, send work) error {
	if skip == 0 {
		return send(from, to)
	}
	if err := send(from, skip); err != nil {
		return err
	}
	return send(skip+1, to+1)
}

// stream is an inherited descriptor as a file, in the blocking mode that it has.
func stream(fd int) *os.File {
	if fd == 0 {
		return nil
	}
	return os.NewFile(uintptr(fd), "stream")
}

// otherEndGone reports whether an error is what the end of a stream's other end
// brings about.
func otherEndGone(err error) bool {
	return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, unix.EPIPE, unix.ECONNRESET},
		func(gone error) bool { return errors.Is(err, gone) })
}

// usage is what this process has used up.
type usage struct {
	mallocs  uint64
	switches int64
}

func footprint() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u) // cannot fail for oneself
	return usage{m.Mallocs, u.Nvcsw + u.Nivcsw}
}

// monotonic is the clock that all processes share, in ns.
func monotonic() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // always there
	return t.Nano()
}

// effort says how much is done for one figure.
type effort struct {
	rounds int
	// first is how many messages the run has that finds out how many make one
	// of the time wanted.
	first       uint64
	time, trips time.Duration // wanted of a run, one way and in round trips
	// atLeast is how many messages the ring passes in all rounds at sizes up to
	// smallSize.
	atLeast      uint64
	tripsAtLeast uint64 // of a run, for its p99.9
	counted      uint64 // messages of a run under the tracer
}

const smallSize = 256 // bytes

var (
	full = effort{rounds: defaultRounds, first: 2000, time: 150 * time.Millisecond, trips: 80 * time.Millisecond,
		atLeast: 10_000_000, tripsAtLeast: 10_000, counted: 20_000}
	quick = effort{rounds: 1, first: 500, counted: 500}
)

// tripSizes are the sizes of round trips, and countedSize the one at which
// system calls are counted, in bytes.
var tripSizes = []int{8, 64}

const countedSize = 64

// measure does all the runs there are.
func (s *session) measure(ctx context.Context) error {
	for round := range s.Rounds {
		if err := s.passRound(ctx); err != nil {
			return err
		}
		if err := s.tripRound(ctx); err != nil {
			return err
		}
		fmt.Fprintf(s.Progress, "round %d of %d done\n", round+1, s.Rounds)
	}
	return s.countSyscalls(ctx)
}

// passRound passes messages one way, once for every implementation and size.
func (s *session) passRound(ctx context.Context) error {
	for _, size := range s.Sizes {
		for _, i := range s.impls {
			at := cell{impl: i.Name, size: size}
			least := s.effort.first
			if i.ring && size <= smallSize {
				least = max(least, (s.effort.atLeast+uint64(s.Rounds)-1)/uint64(s.Rounds))
			}
			o, err := s.measured(ctx, i, job{Impl: i.Name, Size: size}, at, s.effort.time, least)
			if err != nil {
				return err
			}
			s.took[at] = append(s.took[at], o)
		}
	}
	return nil
}

// tripRound does round trips, with and without another process that keeps a
// processor busy.
func (s *session) tripRound(ctx context.Context) (err error) {
	for _, load := range []string{Quiet, Busy} {
		if load == Busy {
			spinning, err := s.single(ctx, job{Role: spinner})
			if err != nil {
				return err
			}
			spinning.begin()
			defer func() { err = errors.Join(err, s.dismiss(spinning)) }()
		}
		for _, size := range tripSizes {
			for _, i := range s.impls {
				if i.ping == nil {
					continue
				}
				at := cell{impl: i.Name, size: size, load: load}
				o, err := s.measured(ctx, i, job{Role: pinger, Impl: i.Name, Size: size}, at, s.effort.trips, s.effort.tripsAtLeast)
				if err != nil {
					return err
				}
				s.trips[at] = append(s.trips[at], o)
			}
		}
	}
	return nil
}

// measured is one run of the length that is wanted. The first one of its cell
// is preceded by shorter ones that find out how many messages that takes.
func (s *session) measured(ctx context.Context, i Impl, j job, at cell, wanted time.Duration, least uint64) (outcome, error) {
	const growth = 30 // at most, from one run to the next
	count, known := s.counts[at]
	for j.Count = s.effort.first; !known; {
		o, err := s.pass(ctx, i, j)
		if err != nil {
			return o, err
		}
		enough := o.ns >= int64(wanted)/growth
		count = min(j.Count*growth, uint64(float64(j.Count)*float64(wanted)/float64(max(o.ns, 1))))
		known, j.Count = enough || s.Quick, max(count, j.Count)
	}
	count = max(count, least, s.effort.first)
	s.counts[at], j.Count = count, count
	return s.pass(ctx, i, j)
}

// countSyscalls has the tracer count those of the implementations between two
// processes. What it cannot do here is said in a note.
func (s *session) countSyscalls(ctx context.Context) error {
	for _, i := range s.impls {
		if i.alone || i.single {
			continue
		}
		j := job{Impl: i.Name, Size: countedSize, Count: s.effort.counted}
		if i.ring {
			j.Count = max(j.Count, s.effort.atLeast/uint64(defaultRounds))
		}
		jobs := []job{j, j}
		jobs[0].Role, jobs[1].Role = writer, reader
		o, err := s.run(ctx, i, jobs, false, true)
		if errors.Is(err, errTracer) {
			s.note("System calls were not counted: %v.", err)
			return nil
		}
		if err != nil {
			return fmt.Errorf("counting the system calls of %s: %w", i.Name, err)
		}
		c := Syscalls{Impl: i.Name, Size: j.Size, Messages: o.count, ByName: o.said[tracer].Calls}
		for _, n := range c.ByName {
			c.PerMessage += float64(n)
		}
		c.PerMessage /= float64(c.Messages)
		s.result.Syscalls = append(s.result.Syscalls, c)
	}
	return nil
}

// summarize turns outcomes into figures.
func (s *session) summarize() {
	for _, size := range s.Sizes {
		for _, i := range s.impls {
			s.summarizePassing(i.Name, size, s.took[cell{impl: i.Name, size: size}])
		}
	}
	for _, load := range []string{Quiet, Busy} {
		for _, size := range tripSizes {
			for _, i := range s.impls {
				if all := s.trips[cell{i.Name, size, load}]; len(all) > 0 {
					s.summarizeTrips(Latency{Impl: i.Name, Size: size, Load: load}, all)
				}
			}
		}
	}
	s.result.compare()
	s.result.check()
}

func (s *session) summarizePassing(impl string, size int, all []outcome) {
	var times []float64
	c := Cost{Impl: impl, Size: size}
	var allocs, switches float64
	for _, o := range all {
		times = append(times, float64(o.ns)/float64(o.count))
		c.Messages += o.count
		for _, said := range o.said {
			allocs += float64(said.Mallocs)
			switches += float64(said.Switches)
		}
	}
	c.Allocs, c.Switches = allocs/float64(c.Messages), switches/float64(c.Messages)
	s.result.Costs = append(s.result.Costs, c)
	spread := spreadOf(times)
	s.result.Rows = append(s.result.Rows, Row{Impl: impl, Size: size, Time: spread, Rate: gibPerSecond(size, spread.Median)})
}

func (s *session) summarizeTrips(l Latency, all []outcome) {
	var p50, p99, p999 []float64
	for _, o := range all {
		said := o.said[pinger]
		l.Trips = said.Trips
		p50, p99, p999 = append(p50, float64(said.P50)), append(p99, float64(said.P99)), append(p999, float64(said.P999))
	}
	l.P50, l.P99, l.P999 = spreadOf(p50), spreadOf(p99), spreadOf(p999)
	s.result.Latency = append(s.result.Latency, l)
}
