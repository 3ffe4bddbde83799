package ring

import (
	"sync/atomic"
	"testing"
	"time"
)

// spinning returns a spinner that does not look away, whatever the machine.
func spinning(budget time.Duration) spinner { return spinner{budget: budget, next: 1 << 30} }

func TestASpinThatPaysKeepsItsBudget(t *testing.T) {
	s := spinning(spinFull / 4)
	var index atomic.Uint64
	go index.Store(1)
	for !s.until(&index, 0, 8) {
		// in vain so far, which is no news of the budget
	}
	s.budget = spinFull
	if !s.until(&index, 0, 8) || s.budget != spinFull {
		t.Errorf("budget %v after an index that had moved, want %v", s.budget, spinFull)
	}
}

func TestASpinInVainCostsHalfTheBudget(t *testing.T) {
	s := spinning(spinFull)
	var index atomic.Uint64
	for _, want := range []int64{2, 4, 8} {
		if s.until(&index, 0, 8) {
			t.Fatal("an index that stood still is said to have moved")
		}
		if s.budget != spinFull/time.Duration(want) {
			t.Errorf("budget %v, want %v", s.budget, spinFull/time.Duration(want))
		}
	}
}

// Where spinning has never paid, it is tried once in a while, for longer than a
// wake-up takes.
func TestALongSpinIsTriedNowAndThen(t *testing.T) {
	s := spinning(spinFull)
	var index atomic.Uint64
	for range spinRetry - 1 {
		s.until(&index, 0, 8)
	}
	if s.budget != 0 {
		t.Fatalf("budget %v after %d waits in vain, want none", s.budget, spinRetry-1)
	}
	began := time.Now()
	s.until(&index, 0, 8)
	if lasted := time.Since(began); lasted < spinLong {
		t.Errorf("wait number %d lasted %v, want at least %v", spinRetry, lasted, spinLong)
	}
}

func TestOneProcessorDoesNotSpin(t *testing.T) {
	s := spinner{alone: true}
	var index atomic.Uint64
	if s.until(&index, 0, 8) {
		t.Error("an index that stood still is said to have moved")
	}
	index.Store(8)
	if !s.until(&index, 0, 8) {
		t.Error("an index that had moved is said to stand still")
	}
	if s.waits != 0 || s.next != 0 {
		t.Errorf("%d spins, next look away in %d; want none", s.waits, s.next)
	}
}

// A side looks away as long as that brings in several records at once, and
// tries it again after more and more waits where it does not.
func TestLookingAwayGoesOnWhileItPays(t *testing.T) {
	var index atomic.Uint64
	index.Store(24)
	s := spinner{next: 1, pause: tryFirst}
	if !s.until(&index, 0, 8) || !s.stream {
		t.Fatalf("%+v after three records at once, want a stream", s)
	}
	if !s.until(&index, 16, 8) || s.stream || s.next != 2*tryFirst {
		t.Fatalf("%+v after a single record, want no stream and another try in %d waits", s, 2*tryFirst)
	}
	for range 2*tryFirst - 1 {
		if s.until(&index, 0, 8); s.stream {
			t.Fatalf("%+v: looked away before its time", s)
		}
	}
	if s.until(&index, 0, 8); !s.stream {
		t.Fatalf("%+v: did not look away in its time", s)
	}
	s = spinner{pause: tryLast}
	if s.learn(false); s.next != tryLast {
		t.Errorf("next try in %d waits, want at most %d", s.next, tryLast)
	}
}

// A long spin that finds the peer awake is what brings spinning back.
func TestALongSpinThatPaysBringsSpinningBack(t *testing.T) {
	s := spinning(0)
	s.waits = spinRetry - 1
	var index atomic.Uint64
	index.Store(8)
	if !s.spin(&index, 0) || s.budget != spinFull {
		t.Errorf("budget %v after a long spin that paid, want %v", s.budget, spinFull)
	}
	for range 3 { // and it is not tried once only
		s.budget = 0
		for range spinRetry - 1 {
			if s.spin(&index, 0) {
				t.Fatal("a spin without a budget")
			}
		}
		if !s.spin(&index, 0) {
			t.Fatalf("no spin in wait number %d", s.waits)
		}
	}
}

// Spinning in vain must stay cheaper than some wake-ups: the least of many
// spins is looked at, so that a busy machine does not matter.
func TestASpinInVainIsShort(t *testing.T) {
	var index atomic.Uint64
	for name, limit := range map[string]time.Duration{"first": spinFull, "long": spinLong} {
		least := time.Hour
		for range 50 {
			s := spinning(spinFull)
			if name == "long" {
				s = spinning(0)
				s.waits = spinRetry - 1
			}
			began := time.Now()
			s.spin(&index, 0)
			least = min(least, time.Since(began))
		}
		if least < limit || least > time.Millisecond {
			t.Errorf("the %s spin lasts %v, want %v and never a millisecond", name, least, limit)
		}
	}
}
