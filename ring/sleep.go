package ring

import (
	"context"
	"sync/atomic"
	"time"
)

// sleeper is one wait of Push or Pop: it may sleep many times until the
// context ends, and its deadline is the context's, so that no wake-up starts
// the clock again.
type sleeper struct {
	ctx  context.Context
	ev   *event
	poll *atomic.Int64
	stop func() bool
	done chan struct{}
}

// expired returns the context's error once it has ended, by the clock if the
// context's own timer has not fired yet. Callers ask after they have reset the
// event, so that an interrupt from then on ends the sleep, and before they look
// at the indices for the last time, so that what came in time is never reported
// late.
func (s *sleeper) expired() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := s.ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// sleep waits on the event for at most the poll interval and the time left.
func (s *sleeper) sleep() {
	if s.stop == nil && s.ctx.Done() != nil {
		s.done = make(chan struct{})
		s.stop = context.AfterFunc(s.ctx, func() {
			s.ev.interrupt()
			close(s.done)
		})
	}
	timeout := time.Duration(s.poll.Load())
	if deadline, ok := s.ctx.Deadline(); ok {
		timeout = min(timeout, max(time.Until(deadline), 0))
	}
	futexWait(s.ev.word, timeout)
}

// end makes sure that nothing of this wait touches the mapping any more.
func (s *sleeper) end() {
	if s.stop != nil && !s.stop() {
		<-s.done
	}
}
