package harness

import (
	"bytes"
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// A Settled is what a child's call has come to, for certain.
type Settled string

// What a call comes to.
const (
	Done      Settled = "done"      // it has ended
	Asleep    Settled = "asleep"    // it sleeps without end, and nobody can wake it
	Repolling Settled = "repolling" // it sleeps for a while, again and again
)

// Settle watches a child whose call may sleep on the word at the given offset of
// the file until it is certain what becomes of it, without asking a clock:
//
//   - Done, when the call has ended;
//   - Asleep, when the kernel shows a thread asleep in futex(2) on the word
//     with no timeout, and image, which reads the file, gives the same before
//     and after. That decides it only where all others that could wake it are
//     dead, stopped or idle, which the caller knows;
//   - Repolling, when the kernel shows it in three different sleeps, each with
//     a timeout: between two of them it has looked at the file.
//
// The image is the one in which it was found; nil if it is Done.
func (c *Child) Settle(ctx context.Context, p *Pending, path string, word int64, image func() ([]byte, error)) (Settled, []byte, error) {
	sleeps := map[int64]bool{}
	for {
		before, err := image()
		waits, werr := c.FutexWaits(path)
		if _, done := p.Reply(); done {
			return Done, nil, nil
		}
		c.mu.Lock()
		fatal := c.fatal
		c.mu.Unlock()
		if fatal != "" {
			return "", nil, c.wrap("settle "+p.op, fmt.Errorf("%w: %s", ErrProtocol, fatal))
		}
		if err == nil {
			err = werr
		}
		if err != nil {
			return "", nil, err
		}
		for _, w := range waits {
			if w.Offset != word {
				continue
			}
			if w.Timeout != nil {
				if !sleeps[w.Sleeps] {
					sleeps[w.Sleeps] = true
					c.timeline.Mark(Polled, "", c.name, "%s: sleep %d of 3", w, len(sleeps))
				}
				continue
			}
			after, err := image()
			if err != nil {
				return "", nil, err
			}
			if bytes.Equal(before, after) {
				c.timeline.Mark(Slept, "", c.name, "%s: nobody can wake it", w)
				return Asleep, before, nil
			}
		}
		if len(sleeps) >= 3 {
			c.timeline.Add(c.name, "polls: seen in %d sleeps", len(sleeps))
			after, err := image()
			return Repolling, after, err
		}
		if ctx.Err() != nil {
			return "", nil, c.wrap("settle "+p.op, fmt.Errorf("%w (%v)", ErrDeadline, context.Cause(ctx)))
		}
		pause := unix.NsecToTimespec(int64(look))
		unix.Nanosleep(&pause, nil)
	}
}
