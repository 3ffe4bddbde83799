package ring

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// However an interrupt and the sleep that it is to end meet, the sleep ends: the
// word is set before the wake, so that a sleeper which comes too late for the
// wake does not go to sleep at all.
func TestAnInterruptIsNeverMissed(t *testing.T) {
	rounds := uint32(100_000)
	if RaceDetector {
		rounds = 10_000
	}
	var word, gate, done atomic.Uint32
	e := event{word: &word}
	go func() {
		for i := uint32(1); i <= rounds; i++ {
			for gate.Load() != i {
				runtime.Gosched()
			}
			futexWait(&word, PollOff)
			done.Store(i)
		}
	}()
	for i := uint32(1); i <= rounds; i++ {
		e.reset()
		gate.Store(i)
		for range i % 512 { // they meet everywhere on the way into the sleep
			word.Load()
		}
		e.interrupt()
		for began := time.Now(); done.Load() != i; runtime.Gosched() {
			if time.Since(began) > 30*time.Second {
				t.Fatalf("round %d: it sleeps on, with the word at %d and nobody left to wake it", i, word.Load())
			}
		}
	}
}
