package ring

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// A sleeper that is woken for nothing, over and over, still ends at its
// deadline. If a wake-up started the clock again these tests would never end.

func TestWakeUpsForNothingDoNotPutOffTheDeadlineOfPop(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.ring")
	w, r := bothEnds(t, path)
	defer disturb(&w.dataAvail)()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := r.Pop(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Pop = %v, want DeadlineExceeded", err)
	}
}

func TestWakeUpsForNothingDoNotPutOffTheDeadlineOfPush(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.ring")
	w, r := bothEnds(t, path)
	if err := w.TryPush(make([]byte, MaxMessage(w.Capacity()))); err != nil {
		t.Fatal(err)
	}
	defer disturb(&r.spaceAvail)()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := w.Push(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Push = %v, want DeadlineExceeded", err)
	}
}

func bothEnds(t *testing.T, path string) (*Writer, *Reader) {
	t.Helper()
	w, err := Create(path, 64, WithoutPolling())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	r, err := Open(path, WithoutPolling())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return w, r
}

// disturb wakes whoever sleeps on the event until it is stopped.
func disturb(ev *event) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			default:
				ev.interrupt()
				runtime.Gosched()
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}
