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
