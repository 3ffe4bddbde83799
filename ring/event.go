package ring

import "sync/atomic"

// event is a manual-reset event on one futex word of the mapping: 1 is set, 0
// is reset. Whoever sleeps on it has reset it and looked at the indices again
// since, so as long as nobody dies, 1 means that there is nobody to wake.
type event struct {
	word *atomic.Uint32
	// rung says that this process has issued a wake. Until it has, the word
	// proves nothing: a predecessor may have died between store and wake.
	rung bool
}

// set sets the event and wakes the sleeper, if there can be one. The load must
// not pass the store of the index before it: both are atomic, and Go's atomics
// are sequentially consistent.
func (e *event) set(beforeWake Site) {
	if !e.rung || e.word.Load() != 1 {
		e.ring(beforeWake)
	}
}

// ringOnce rings if this process has not done so yet: for an end that finds
// nothing to do, and so nothing to signal, while the other side may be asleep
// beside what a predecessor has left without a wake.
func (e *event) ringOnce(beforeWake Site) {
	if !e.rung {
		e.ring(beforeWake)
	}
}

func (e *event) ring(beforeWake Site) {
	e.word.Store(1)
	mark(beforeWake)
	futexWake(e.word)
	e.rung = true
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
