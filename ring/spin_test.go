package ring

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestASpinThatPaysKeepsItsBudget(t *testing.T) {
	s := spinner{budget: spinFull / 4}
	var index atomic.Uint64
	go index.Store(1)
	for !s.until(&index, 0) {
		// in vain so far, which is no news of the budget
	}
	s.budget = spinFull
	if !s.until(&index, 0) || s.budget != spinFull {
		t.Errorf("budget %v after an index that had moved, want %v", s.budget, spinFull)
	}
}

func TestASpinInVainCostsHalfTheBudget(t *testing.T) {
	s := spinner{budget: spinFull}
	var index atomic.Uint64
	for _, want := range []int64{2, 4, 8} {
		if s.until(&index, 0) {
			t.Fatal("an index that stood still is said to have moved")
		}
		if s.budget != spinFull/time.Duration(want) {
			t.Errorf("budget %v, want %v", s.budget, spinFull/time.Duration(want))
		}
	}
}

func TestTheFullBudgetIsTriedAgain(t *testing.T) {
	s := spinner{budget: 0, waits: spinRetry - 1}
	var index atomic.Uint64
	s.until(&index, 0)
	if s.budget != spinFull/2 {
		t.Errorf("budget %v after wait number %d, want %v", s.budget, spinRetry, spinFull/2)
	}
}

func TestOneProcessorDoesNotSpin(t *testing.T) {
	s := spinner{waits: -1}
	var index atomic.Uint64
	s.until(&index, 0)
	if s.waits != -1 || s.budget != 0 {
		t.Errorf("budget %v after %d waits, want none", s.budget, s.waits)
	}
}
