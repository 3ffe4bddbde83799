package ring_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"killpoint/ring"
)

// endedContexts have ended before the call that gets them.
func endedContexts(t *testing.T) map[string]context.Context {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	t.Cleanup(cancel)
	return map[string]context.Context{
		"canceled":      canceled,
		"past deadline": late,
		// Its timer is yet to fire: the clock alone says that it is over.
		"deadline unnoticed": &unnoticed{t.Context()},
	}
}

type unnoticed struct{ context.Context }

func (*unnoticed) Deadline() (time.Time, bool) { return time.Unix(0, 0), true }

func TestAMessageThatIsThereIsDeliveredToAnEndedContext(t *testing.T) {
	for name, ctx := range endedContexts(t) {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, 64)
			f.push([]byte("there"))
			got, err := f.r.Pop(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			f.same(got, []byte("there"))
		})
	}
}

func TestAnEndedContextPushesWhenThereIsRoom(t *testing.T) {
	for name, ctx := range endedContexts(t) {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, 64)
			if err := f.w.Push(ctx, []byte("room")); err != nil {
				t.Fatal(err)
			}
			f.pop([]byte("room"))
		})
	}
}

func TestAnEndedContextDoesNotWait(t *testing.T) {
	for name, ctx := range endedContexts(t) {
		t.Run(name, func(t *testing.T) {
			want := ctx.Err()
			if want == nil {
				want = context.DeadlineExceeded
			}
			f := newRing(t, 64, ring.WithoutPolling())
			_, err := f.r.Pop(ctx, nil)
			f.expectWaitError("Pop", err, want)
			f.fill()
			f.expectWaitError("Push", f.w.Push(ctx, nil), want)
		})
	}
}

// What arrives between the first look at the indices and the moment at which
// the wait finds its time to be over came in time.
func TestTheIndicesAreLookedAtAgainBeforeTheDeadlineError(t *testing.T) {
	for name, ended := range endedContexts(t) {
		t.Run("pop "+name, func(t *testing.T) {
			f := newRing(t, 64)
			ctx := &hookContext{Context: ended, onErr: once(func() { f.push([]byte("just in time")) })}
			got, err := f.r.Pop(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			f.same(got, []byte("just in time"))
		})
		t.Run("push "+name, func(t *testing.T) {
			f := newRing(t, 64)
			n := f.fill()
			ctx := &hookContext{Context: ended, onErr: once(func() { f.pop(nil) })}
			if err := f.w.Push(ctx, []byte{1}); err != nil {
				t.Fatal(err)
			}
			for range n - 1 {
				f.pop(nil)
			}
			f.pop([]byte{1})
		})
	}
}

// Between the last look and the sleep the event keeps what happens: nothing
// else could end the sleep here.
func TestWhatHappensRightBeforeTheSleepEndsIt(t *testing.T) {
	t.Run("pop", func(t *testing.T) {
		f := newRing(t, 64, ring.WithoutPolling())
		ctx := &hookContext{Context: t.Context(), onDone: once(func() { f.push([]byte{1}) })}
		if got, err := f.r.Pop(ctx, nil); err != nil || len(got) != 1 {
			t.Fatalf("Pop = %s, %v", brief(got), err)
		}
	})
	t.Run("push", func(t *testing.T) {
		f := newRing(t, 64, ring.WithoutPolling())
		f.fill()
		ctx := &hookContext{Context: t.Context(), onDone: once(func() { f.pop(nil) })}
		if err := f.w.Push(ctx, nil); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAWaitThatIsOverWantsNothingMoreFromItsContext(t *testing.T) {
	lease := &leaseContext{Context: t.Context()}
	f := newRing(t, 64)
	pop := f.goPop(lease)
	f.expectAsleep(pop, atDataAvail)
	f.push(nil)
	<-pop.done
	f.fill()
	push := f.goPush(lease, nil)
	f.expectAsleep(push, atSpaceAvail)
	f.pop(nil)
	<-push.done
	if lease.taken != 2 || lease.open != 0 {
		t.Fatalf("two waits registered %d calls and left %d behind, want 2 and 0", lease.taken, lease.open)
	}
}

func TestACallThatNeedNotWaitRegistersNothing(t *testing.T) {
	lease := &leaseContext{Context: t.Context()}
	f := newRing(t, 64)
	if err := f.w.Push(lease, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := f.r.Pop(lease, nil); err != nil {
		t.Fatal(err)
	}
	if lease.taken != 0 {
		t.Fatalf("%d calls were registered", lease.taken)
	}
}

// A cancellation may come while a sleeper that woke in vain is on its way back
// to sleep, just after it has asked its context. It must not sleep on then.
func TestACancellationBetweenTwoSleepsIsNotOverlooked(t *testing.T) {
	t.Run("pop", func(t *testing.T) {
		f := newRing(t, 64, ring.WithoutPolling())
		overlooked := func() { f.push([]byte("rescue")) }
		_, err := f.r.Pop(f.cancelBetweenSleeps(atDataAvail, overlooked), nil)
		f.expectWaitError("Pop", err, context.Canceled)
	})
	t.Run("push", func(t *testing.T) {
		f := newRing(t, 64, ring.WithoutPolling())
		f.fill()
		overlooked := func() { f.pop(nil) }
		err := f.w.Push(f.cancelBetweenSleeps(atSpaceAvail, overlooked), nil)
		f.expectWaitError("Push", err, context.Canceled)
	})
}

// cancelBetweenSleeps returns a context that wakes its wait once for nothing
// and is canceled when it is asked thereafter, though it says so from the next
// question on only. If the wait then goes to sleep without any mark of that,
// rescue ends the sleep.
func (f *fixture) cancelBetweenSleeps(event int64, rescue func()) context.Context {
	inner, cancel := context.WithCancel(f.Context())
	f.Cleanup(cancel)
	ctx := &hookContext{Context: inner}
	ctx.onDone = once(func() {
		ctx.onDeadline = once(func() { // the first sleep
			f.set32(event, 1)
			ctx.onErr = once(func() { // the look between the sleeps
				f.set32(event, 0)
				cancel()
				for f.word32(event) == 0 { // until the wait has been told
					runtime.Gosched()
				}
				ctx.onDeadline = func() { // the second sleep
					if f.word32(event) == 0 {
						rescue()
					}
				}
			})
		})
	})
	return ctx
}
