package ring

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Limits of spinning, before a sleep in the kernel. A wake-up through the
// kernel costs some 5 µs, so it does not pay to spin for longer; and where the
// peer is not running, every spin delays it.
const (
	spinFull  = 5 * time.Microsecond
	spinLeast = 100 * time.Nanosecond // less is none at all
	// Every spinRetry waits a spin lasts for spinLong, longer than a wake-up and
	// an answer: two sides that have come to sleep in turns would never find
	// each other awake otherwise.
	spinRetry = 32
	spinLong  = 25 * time.Microsecond
	spinYield = 2 // times the processor is offered to others afterwards
	// spinRounds bounds how often one operation spins with success and still
	// does not get what it needs; then it looks at its context.
	spinRounds = 1024
	// lookAway is how long a side that has caught up in a stream leaves the
	// peer's index alone. Each look takes the cache line from the peer, which
	// costs both more than a message does.
	lookAway = 800 * time.Nanosecond
	// A side tries to look away every so many waits, and more and more seldom
	// as long as that brings in one record only: then the peer waits for an
	// answer and not for a processor.
	tryFirst = 16
	tryLast  = 4096
)

// spinner waits a short while for the peer's index to move, as long as that has
// been worth it: the budget is halved by every wait in vain and full again
// after one that was not.
type spinner struct {
	budget time.Duration
	waits  int
	alone  bool // the peer cannot run while this side spins

	stream bool // looking away has paid the last time
	next   int  // waits until it is tried again
	pause  int  // what next was set to the last time
}

func newSpinner() spinner {
	return spinner{
		budget: spinFull,
		alone:  runtime.GOMAXPROCS(0) == 1 || runtime.NumCPU() == 1,
		next:   tryFirst, pause: tryFirst,
	}
}

// until tells whether the index became another one than old, on which it stood
// at the last look. A move by more than unit is one by several records.
func (s *spinner) until(index *atomic.Uint64, old, unit uint64) bool {
	if s.alone {
		return s.yield(index, old)
	}
	if s.next--; s.stream || s.next <= 0 {
		for began := time.Now(); time.Since(began) < lookAway; {
		}
		moved := index.Load() - old
		s.learn(moved > unit)
		if moved != 0 {
			return true
		}
	}
	return s.spin(index, old) || s.yield(index, old)
}

// learn takes note of whether looking away has brought in several records.
func (s *spinner) learn(paid bool) {
	s.stream = paid
	if paid {
		s.pause = tryFirst
	} else {
		s.pause = min(2*s.pause, tryLast)
	}
	s.next = s.pause
}

// spin looks at the index again and again, as long as the budget lasts.
func (s *spinner) spin(index *atomic.Uint64, old uint64) bool {
	limit := s.budget
	if s.waits++; s.waits%spinRetry == 0 {
		limit = spinLong
	}
	if limit == 0 {
		return false
	}
	for began := time.Now(); ; {
		if index.Load() != old {
			s.budget = spinFull
			return true
		}
		if time.Since(began) >= limit {
			break
		}
	}
	if s.budget /= 2; s.budget < spinLeast {
		s.budget = 0
	}
	return false
}

// yield lets others run on this processor before it looks again. Go's own
// scheduler is asked only where the peer may need its one processor: asked, it
// wakes another thread, which costs more than the wait and takes a processor.
func (s *spinner) yield(index *atomic.Uint64, old uint64) bool {
	for range spinYield {
		if s.alone {
			runtime.Gosched()
		}
		yield()
		if index.Load() != old {
			return true
		}
	}
	return false
}
