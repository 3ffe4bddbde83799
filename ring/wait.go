package ring

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

// sleeper is one wait of an operation: it may sleep many times until the
// context ends, and its deadline is the context's, so that no wake-up starts
// the clock again.
type sleeper struct {
	*end
	ctx  context.Context
	ev   *event
	peer *atomic.Uint64 // the other side's index

	stop   func() bool
	done   chan struct{}
	thread atomic.Int64 // on which it sleeps without a time limit

	polled bool      // the last sleep ended by itself
	moved  uint64    // the other side's index when it was last seen to move,
	since  time.Time // and when that was
}

// over returns why the wait must end, or nil. Callers ask after they have reset
// the event, so that an interrupt from then on ends the sleep, and before they
// look at the indices for the last time, so that what came in time is never
// reported late.
func (s *sleeper) over() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := s.ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	if s.polled {
		if err := s.file.check(); err != nil {
			return err
		}
	}
	if s.stall > 0 {
		return s.stalled()
	}
	return nil
}

// stalled returns ErrPeerDead or ErrPeerStalled once the other side has not
// moved for the stall time-out.
func (s *sleeper) stalled() error {
	if moved := s.peer.Load(); moved != s.moved || s.since.IsZero() {
		s.moved, s.since = moved, time.Now()
	}
	if time.Since(s.since) < s.stall {
		return nil
	}
	alive, err := s.end.peer.held(s.file.File)
	switch {
	case err != nil:
		return err
	case alive:
		return fmt.Errorf("%w: %s at %d for %v", ErrPeerStalled, s.end.peer, s.moved, s.stall)
	}
	return fmt.Errorf("%w: no %s for %v", ErrPeerDead, s.end.peer, s.stall)
}

// sleep waits on the event for at most the poll interval and the time left.
func (s *sleeper) sleep() {
	if s.stop == nil && s.ctx.Done() != nil {
		s.done = make(chan struct{})
		s.stop = context.AfterFunc(s.ctx, s.interrupt)
	}
	timeout := time.Duration(s.poll.Load())
	if deadline, ok := s.ctx.Deadline(); ok {
		timeout = min(timeout, max(time.Until(deadline), 0))
	}
	if s.stall > 0 {
		timeout = min(timeout, max(s.stall-time.Since(s.since), 0))
	}
	if timeout == PollOff {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		s.thread.Store(threadID())
	}
	s.polled = futexWait(s.ev.word, timeout)
}

// interrupt runs on a goroutine of its own once the context has ended. Where
// the file was cut short, no futex call can reach the sleeper any more; a
// signal to its thread does, after which it faults by itself.
func (s *sleeper) interrupt() {
	defer close(s.done)
	if !s.reaches(s.ev.interrupt) {
		nudge(s.thread.Load())
	}
}

// finish makes sure that nothing of this wait touches the mapping any more.
func (s *sleeper) finish() {
	if s.stop != nil && !s.stop() {
		<-s.done
	}
}

// event is a manual-reset event on one futex word of the mapping: 1 is set, 0
// is reset. Whoever sleeps on it has reset it and looked at the indices again
// since, so as long as nobody dies, 1 means that there is nobody to wake.
type event struct {
	word *atomic.Uint32
	// signalled says that this process has issued a wake. Until it has, the word
	// proves nothing: a predecessor may have died between store and wake.
	signalled bool
}

// set sets the event and wakes the sleeper, if there can be one. The load must
// not pass the store of the index before it: both are atomic, and Go's atomics
// are sequentially consistent.
func (e *event) set(beforeWake Site) {
	if !e.signalled || e.word.Load() != 1 {
		e.signal(beforeWake)
	}
}

// signalOnce wakes the peer if this process has never done so: a dead predecessor
// may have stored its index without waking it, and this end, which finds nothing
// to do, would signal nothing.
func (e *event) signalOnce(beforeWake Site) {
	if !e.signalled {
		e.signal(beforeWake)
	}
}

func (e *event) signal(beforeWake Site) {
	e.word.Store(1)
	mark(beforeWake)
	futexWake(e.word)
	e.signalled = true
}

// reset announces that this process is about to sleep. The indices must be
// looked at after it and before sleeping.
func (e *event) reset() { e.word.Store(0) }

// interrupt ends a sleep from within the sleeper's own process. The peer takes
// the set word for what it means: nobody sleeps.
func (e *event) interrupt() {
	e.word.Store(1)
	futexWake(e.word)
}

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

// until reports whether the index became another one than old, on which it stood
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
