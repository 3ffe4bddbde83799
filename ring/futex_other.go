//go:build !linux

package ring

import (
	"sync/atomic"
	"time"
)

// napLimit bounds a nap where the system cannot wake it: whatever poll interval
// is set, turning polling off included, a sleeper looks again after that time.
const napLimit = DefaultPoll

// futexWait naps while *word is 0, for at most the timeout; it tells that it
// has not been woken. There is no futex here, so polling does all the waking.
func futexWait(word *atomic.Uint32, timeout time.Duration) (timedOut bool) {
	if word.Load() == 0 {
		time.Sleep(min(timeout, napLimit))
	}
	return true
}

func futexWake(*atomic.Uint32) {}

// A nap ends by itself: nobody's thread need be known.
func threadID() int64 { return 0 }
func nudge(int64)     {}
