package ring

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// waiting is a wait of the reader's, as await begins it.
func waiting(r *Reader) *sleeper {
	return &sleeper{end: &r.end, ctx: context.Background(), ev: &r.dataAvail, peer: r.write}
}

// sleepOut sleeps until a sleep ends by itself, as one does that no signal
// interrupts.
func (s *sleeper) sleepOut() {
	for s.sleep(); !s.polled; s.sleep() {
	}
}

// The sleep before a stall is told lasts until then: not twice as long, and
// without waking up in between.
func TestTheStallTimeoutIsOneSleep(t *testing.T) {
	const stall = 30 * time.Millisecond
	for name, poll := range map[string]time.Duration{"polling off": PollOff, "polling seldom": time.Hour} {
		t.Run(name, func(t *testing.T) {
			_, r := bothEnds(t, filepath.Join(t.TempDir(), "ring"))
			r.SetPollInterval(poll)
			r.stall = stall
			s := waiting(r)
			r.dataAvail.reset()
			if err := s.over(); err != nil {
				t.Fatalf("before any sleep: %v", err)
			}
			s.sleepOut()
			if err := s.over(); !errors.Is(err, ErrPeerStalled) {
				t.Errorf("after one sleep: %v, want ErrPeerStalled", err)
			}
		})
	}
}

func TestAStallIsToldWhenItsTimeHasPassed(t *testing.T) {
	_, r := bothEnds(t, filepath.Join(t.TempDir(), "ring"))
	r.stall = time.Hour
	s := waiting(r)
	if err := s.over(); err != nil {
		t.Fatalf("at once: %v", err)
	}
	s.since = time.Now().Add(-59 * time.Minute)
	if err := s.over(); err != nil {
		t.Errorf("a minute early: %v", err)
	}
	s.since = time.Now().Add(-time.Hour)
	if err := s.over(); !errors.Is(err, ErrPeerStalled) {
		t.Errorf("in time: %v, want ErrPeerStalled", err)
	}
}

// A wait that goes to sleep again takes the interval that is set by then.
func TestAnotherPollIntervalHoldsForAWaitUnderWay(t *testing.T) {
	_, r := bothEnds(t, filepath.Join(t.TempDir(), "ring"))
	r.SetPollInterval(time.Millisecond)
	s := waiting(r)
	r.dataAvail.reset()
	s.sleepOut()
	r.SetPollInterval(40 * time.Millisecond)
	began := time.Now()
	s.sleepOut()
	if lasted := time.Since(began); lasted < 40*time.Millisecond {
		t.Errorf("it slept for %v after 40ms were set", lasted)
	}
}
