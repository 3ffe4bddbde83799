package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

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
