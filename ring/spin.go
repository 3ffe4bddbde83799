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
	spinRetry = 32 // every so many waits the full budget is tried again
	spinYield = 2  // times the processor is offered to others afterwards
	// spinRounds bounds how often one operation spins with success and still
	// does not get what it needs; then it looks at its context.
	spinRounds = 1024
)

// spinner waits a short while for the peer's index to move, as long as that has
// been worth it: the budget is halved by every wait in vain and full again
// after one that was not.
type spinner struct {
	budget time.Duration
	waits  int
}

func newSpinner() spinner {
	if runtime.GOMAXPROCS(0) == 1 || runtime.NumCPU() == 1 {
		return spinner{waits: -1} // the peer cannot run meanwhile
	}
	return spinner{budget: spinFull}
}

// until tells whether the index became another one than old.
func (s *spinner) until(index *atomic.Uint64, old uint64) bool {
	if index.Load() != old {
		return true
	}
	if s.waits >= 0 {
		if s.waits++; s.waits%spinRetry == 0 {
			s.budget = spinFull
		}
		for began := time.Now(); time.Since(began) < s.budget; {
			if index.Load() != old {
				s.budget = spinFull
				return true
			}
		}
		s.budget /= 2
	}
	for range spinYield {
		runtime.Gosched()
		yield()
		if index.Load() != old {
			return true
		}
	}
	return false
}
