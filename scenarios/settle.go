package scenarios

import (
	"bytes"
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/ring"
)

// settle watches a child that may sleep in a blocking operation until it is
// certain what it does, without asking a clock:
//
//   - it resumes, when the operation has ended;
//   - it sleeps without end, when the kernel shows its thread asleep in
//     futex(2) on the ring's word with no timeout, and the same image before
//     and after: all others are dead, stopped or idle, so nobody can wake it;
//   - it polls, when the kernel shows it in three different sleeps, each with
//     a timeout: between two of them it has looked at the indices.
//
// Asleep beside its work it stalls (for good) or ignores it (polling); with no
// work to do it waits.
func (l *lab) settle(c *harness.Child, p *harness.Pending, word int64) string {
	sleeps := map[int64]bool{}
	for {
		image := l.image()
		waits, err := c.FutexWaits(l.ring)
		if _, done := p.Reply(); done {
			return Resumes
		}
		l.check(err)
		for _, w := range waits {
			if w.Offset != word {
				continue
			}
			if w.Timeout == nil && bytes.Equal(image, l.image()) {
				l.timeline.Mark(harness.Slept, "", c.Name(), "%s: nobody can wake it", w)
				return l.reaction(image, word, Stalls)
			}
			if w.Timeout != nil && !sleeps[w.Sleeps] {
				sleeps[w.Sleeps] = true
				l.timeline.Mark(harness.Polled, "", c.Name(), "%s: sleep %d of 3", w, len(sleeps))
			}
		}
		if len(sleeps) >= 3 {
			l.timeline.Add(c.Name(), "polls: seen in %d sleeps", len(sleeps))
			return l.reaction(l.image(), word, Ignores)
		}
		if l.ctx.Err() != nil {
			panic(broken{fmt.Errorf("%w: %s neither ends %s nor sleeps (%v)", harness.ErrDeadline, c.Name(), word2event(word), context.Cause(l.ctx))})
		}
		pause := unix.Timespec{Nsec: 30_000}
		unix.Nanosleep(&pause, nil)
	}
}

// reaction says what sleeping amounts to: the given word if the image holds
// work for the sleeper, else it waits.
func (l *lab) reaction(image []byte, word int64, beside string) string {
	s := ring.Decode(image)
	if word == ring.SpaceAvailOffset {
		if s.Capacity-(s.Write-s.Read) >= uint64(spaceWanted) {
			return beside
		}
		return Waits
	}
	for _, rec := range s.Records {
		if !rec.Wrap {
			return beside
		}
	}
	return Waits
}

// spaceWanted is the room that every message takes for which a writer of these
// scenarios waits.
const spaceWanted = 64

func word2event(word int64) string {
	if word == ring.SpaceAvailOffset {
		return "its push"
	}
	return "its pop"
}
