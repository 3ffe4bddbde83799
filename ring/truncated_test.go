package ring_test

import (
	"context"
	"os"
	"runtime/debug"
	"testing"

	"killpoint/ring"
)

func (f *fixture) cut(size int64) {
	f.Helper()
	if err := os.Truncate(f.path, size); err != nil {
		f.Fatal(err)
	}
}

// Each operation meets the cut for itself: some only in the data, whose page is
// gone while the header's is still there.
func TestAFileThatWasCutShortIsAnError(t *testing.T) {
	operations := map[string]func(f *fixture) error{
		"Push":         func(f *fixture) error { return f.w.Push(f.Context(), []byte("m")) },
		"TryPush":      func(f *fixture) error { return f.w.TryPush([]byte("m")) },
		"PushBatch":    func(f *fixture) error { _, err := f.w.PushBatch(f.Context(), [][]byte{{1}}); return err },
		"TryPushBatch": func(f *fixture) error { _, err := f.w.TryPushBatch([][]byte{{1}}); return err },
		"Pop":          func(f *fixture) error { _, err := f.r.Pop(f.Context(), nil); return err },
		"TryPop":       func(f *fixture) error { _, err := f.r.TryPop(nil); return err },
		"Peek":         func(f *fixture) error { _, err := f.r.Peek(f.Context()); return err },
		"TryPeek":      func(f *fixture) error { _, err := f.r.TryPeek(); return err },
		"PeekBatch":    func(f *fixture) error { _, err := f.r.PeekBatch(f.Context(), make([][]byte, 2)); return err },
		"Messages": func(f *fixture) (err error) {
			f.r.Messages(f.Context())(func(_ []byte, e error) bool { err = e; return false })
			return
		},
		"writer, Check": func(f *fixture) error { return f.w.Check() },
		"reader, Check": func(f *fixture) error { return f.r.Check() },
	}
	for name, operation := range operations {
		for where, size := range map[string]int64{"in the data": ring.HeaderSize, "to nothing": 0} {
			t.Run(name+", "+where, func(t *testing.T) {
				f := newRing(t, 1<<16)
				f.push([]byte("older"))
				f.push([]byte("another"))
				f.cut(size)
				expectError(t, operation(f), ring.ErrTruncated, f.path)
				if debug.SetPanicOnFault(false) {
					t.Error("faults panic on this goroutine from now on")
				}
				f.w.Abort()
				f.r.Rewind()
				expectError(t, operation(f), ring.ErrTruncated, f.path) // and again
			})
		}
	}
}

func TestACutIsNoticedByTheSecondHalfOfAnOperation(t *testing.T) {
	t.Run("Commit", func(t *testing.T) {
		f := newRing(t, 1<<16)
		if _, err := f.w.Reserve(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		f.cut(ring.HeaderSize)
		expectError(t, f.w.Commit(10), ring.ErrTruncated, f.path)
	})
	t.Run("Release", func(t *testing.T) {
		f := newRing(t, 1<<16)
		f.push([]byte("older"))
		if _, err := f.r.Peek(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.cut(0)
		expectError(t, f.r.Release(), ring.ErrTruncated, f.path)
	})
}

// A loop's body that breaks has been told the truth already, and cannot be
// called again.
func TestALeftRangeSaysNothingOfACut(t *testing.T) {
	for name, more := range map[string]bool{"break": false, "go on": true} {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, 1<<16)
			f.push([]byte("older"))
			var errs []error
			for _, err := range f.r.Messages(t.Context()) {
				errs = append(errs, err)
				f.cut(0)
				if !more {
					break
				}
			}
			if errs[0] != nil || len(errs) != 1 && !more || len(errs) != 2 && more {
				t.Fatalf("the range has yielded %v", errs)
			}
			if more {
				expectError(t, errs[1], ring.ErrTruncated, f.path)
			}
			_, err := f.r.TryPop(nil) // the next call says it
			expectError(t, err, ring.ErrTruncated, f.path)
		})
	}
}

func TestASleeperNoticesACut(t *testing.T) {
	t.Run("by polling", func(t *testing.T) {
		f := newRing(t, 64)
		pop := f.goPop(t.Context())
		f.expectAsleep(pop, atDataAvail)
		f.cut(0)
		<-pop.done
		expectError(t, pop.err, ring.ErrTruncated, f.path)
	})
	t.Run("when its context ends", func(t *testing.T) {
		f := newRing(t, 64, ring.WithoutPolling())
		ctx, cancel := context.WithCancel(t.Context())
		pop := f.goPop(ctx)
		f.expectAsleep(pop, atDataAvail)
		f.cut(0)
		cancel()
		<-pop.done
		expectError(t, pop.err, ring.ErrTruncated, f.path)
	})
}

// A caller's own fault is not the ring's.
func TestAForeignFaultIsNotHidden(t *testing.T) {
	f := newRing(t, 64)
	defer func() {
		if recover() == nil {
			t.Error("a panic of the caller's did not come through")
		}
		f.pop([]byte("kept"))
	}()
	f.push([]byte("kept"))
	f.r.Messages(t.Context())(func([]byte, error) bool { panic("the caller's") })
}

func TestOpeningAFileThatIsCutMeanwhileIsAnError(t *testing.T) {
	f := newRing(t, 64)
	f.w.Close()
	f.cut(ring.HeaderSize)
	_, err := ring.Attach(f.path)
	expectError(t, err, ring.ErrLayout, f.path)
}
