package ring_test

import (
	"context"
	"runtime"
	"testing"

	"killpoint/ring"
)

// stream sends messages of all sizes through a ring, from one goroutine to
// another, and compares what comes out. It stops both at the first error.
func (f *fixture) stream(messages int, push func(context.Context, []byte) error, pop func(context.Context, []byte) ([]byte, error)) {
	f.Helper()
	most := ring.MaxMessage(f.w.Capacity())
	nth := func(i int, buf []byte) []byte {
		msg := buf[:i*29%(most+1)]
		for j := range msg {
			msg[j] = byte(i)
		}
		return msg
	}
	ctx, cancel := context.WithCancel(f.Context())
	done := make(chan struct{})
	var pushErr error
	go func() {
		defer close(done)
		buf := make([]byte, most)
		for i := 0; i < messages && pushErr == nil; i++ {
			if pushErr = push(ctx, nth(i, buf)); pushErr != nil {
				cancel()
			}
		}
	}()
	defer func() {
		cancel()
		<-done
		if pushErr != nil {
			f.Errorf("push: %v", pushErr)
		}
	}()
	buf, want := make([]byte, 0, most), make([]byte, most)
	for i := range messages {
		got, err := pop(ctx, buf)
		if err != nil {
			f.Fatalf("pop of message %d: %v", i, err)
		}
		f.same(got, nth(i, want))
	}
}

// A ring that is nearly always full or empty: if a wake-up got lost with
// polling off, nobody would ever go on.
func TestWaitingEndsLoseNoMessageAndNoWakeUp(t *testing.T) {
	for _, row := range []struct {
		name     string
		opt      ring.Option
		messages int
	}{
		{"polling on", ring.WithPollInterval(0), 5_000},
		{"polling off", ring.WithoutPolling(), 20_000},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newRing(t, 72, row.opt)
			f.stream(row.messages, f.w.Push, f.r.Pop)
			f.expectEmpty()
		})
	}
}

// Ends that never sleep meet each other in the middle of every store: a message
// that could be seen before it is whole, or a slot that could be written before
// it is read, would be.
func TestBusyEndsNeverSeeAMessageHalfDone(t *testing.T) {
	f := newRing(t, 128)
	push := func(ctx context.Context, msg []byte) error {
		for {
			if err := f.w.TryPush(msg); err != ring.ErrFull {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			runtime.Gosched()
		}
	}
	pop := func(ctx context.Context, buf []byte) ([]byte, error) {
		for {
			if msg, err := f.r.TryPop(buf); err != ring.ErrEmpty {
				return msg, err
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			runtime.Gosched()
		}
	}
	messages := 300_000
	if ring.RaceDetector {
		messages = 50_000
	}
	f.stream(messages, push, pop)
	f.expectEmpty()
}

// With one message on its way the ends wait for each other all the time.
func TestOneMessageAtATimeIsHandedOverAndBack(t *testing.T) {
	there, back := newRing(t, 64, ring.WithoutPolling()), newRing(t, 64, ring.WithoutPolling())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		for {
			msg, err := there.r.Pop(ctx, nil)
			if err == nil {
				err = back.w.Push(ctx, msg)
			}
			if err != nil {
				return
			}
		}
	}()
	defer func() {
		cancel()
		<-done
	}()
	for range 5_000 {
		msg := there.message(5)
		if err := there.w.Push(ctx, msg); err != nil {
			t.Fatal(err)
		}
		got, err := back.r.Pop(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		back.same(got, msg)
	}
}
