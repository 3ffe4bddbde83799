package ring_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"killpoint/ring"
)

// pollings are the settings under which a wait must behave the same. Within an
// hour's interval nothing but the signal can end a sleep in time.
var pollings = []struct {
	name string
	opt  ring.Option
}{
	{"polling by default", ring.WithPollInterval(0)},
	{"polling hourly", ring.WithPollInterval(time.Hour)},
	{"polling off", ring.WithoutPolling()},
}

func forEachPolling(t *testing.T, test func(f *fixture)) {
	for _, p := range pollings {
		t.Run(p.name, func(t *testing.T) { test(newRing(t, 64, p.opt)) })
	}
}

func TestPopSleepsUntilAMessageIsPushed(t *testing.T) {
	forEachPolling(t, func(f *fixture) {
		pop := f.goPop(f.Context())
		f.expectAsleep(pop, atDataAvail)
		msg := f.message(20)
		f.push(msg)
		<-pop.done
		if pop.err != nil {
			f.Fatal(pop.err)
		}
		f.same(pop.msg, msg)
	})
}

func TestPushSleepsUntilThereIsRoom(t *testing.T) {
	forEachPolling(t, func(f *fixture) {
		older, msg := f.message(60), f.message(20)
		f.push(older)
		push := f.goPush(f.Context(), msg)
		f.expectAsleep(push, atSpaceAvail)
		f.pop(older)
		<-push.done
		if push.err != nil {
			f.Fatal(push.err)
		}
		f.pop(msg)
	})
}

func TestEachFurtherSleepIsEndedBySignalToo(t *testing.T) {
	f := newRing(t, 64, ring.WithoutPolling())
	for range 5 {
		pop := f.goPop(t.Context())
		f.expectAsleep(pop, atDataAvail)
		older, msg := f.message(60), f.message(60)
		f.push(older)
		<-pop.done
		f.same(pop.msg, older)
		f.push(older)
		push := f.goPush(t.Context(), msg)
		f.expectAsleep(push, atSpaceAvail)
		f.pop(older)
		<-push.done
		f.pop(msg)
	}
}

func TestPushSleepsOnWhileTheRoomIsTooSmall(t *testing.T) {
	forEachPolling(t, func(f *fixture) {
		n := f.fill()
		msg := f.message(60)
		push := f.goPush(f.Context(), msg)
		for range n {
			f.expectAsleep(push, atSpaceAvail)
			f.pop(nil)
		}
		<-push.done
		if push.err != nil {
			f.Fatal(push.err)
		}
		f.pop(msg)
	})
}

func TestTheSignalOfASuccessorWakesWhateverTheEventSays(t *testing.T) {
	t.Run("writer", func(t *testing.T) {
		f := newRing(t, 64, ring.WithoutPolling())
		pop := f.goPop(t.Context())
		f.expectAsleep(pop, atDataAvail)
		f.set32(atDataAvail, 1) // the first writer died between store and wake
		f.w.Close()
		successor, err := ring.Attach(f.path)
		if err != nil {
			t.Fatal(err)
		}
		defer successor.Close()
		if err := successor.TryPush([]byte("found")); err != nil {
			t.Fatal(err)
		}
		<-pop.done
		f.same(pop.msg, []byte("found"))
	})
	t.Run("reader", func(t *testing.T) {
		f := newRing(t, 64, ring.WithoutPolling())
		f.fill()
		push := f.goPush(t.Context(), nil)
		f.expectAsleep(push, atSpaceAvail)
		f.set32(atSpaceAvail, 1) // the first reader died between store and wake
		f.r.Close()
		successor, err := ring.Open(f.path)
		if err != nil {
			t.Fatal(err)
		}
		defer successor.Close()
		if _, err := successor.TryPop(nil); err != nil {
			t.Fatal(err)
		}
		<-push.done
		if push.err != nil {
			t.Fatal(push.err)
		}
	})
}

func TestPollingFindsWhatNobodySignalled(t *testing.T) {
	polling := ring.WithPollInterval(time.Millisecond)
	t.Run("data", func(t *testing.T) {
		f := newRing(t, 64, polling)
		pop := f.goPop(t.Context())
		f.expectAsleep(pop, atDataAvail)
		f.set32(atData, ready)
		f.set64(atWrite, 8)
		<-pop.done
		if pop.err != nil || len(pop.msg) != 0 {
			t.Fatalf("Pop = %s, %v", brief(pop.msg), pop.err)
		}
	})
	t.Run("space", func(t *testing.T) {
		f := newRing(t, 64, polling)
		f.fill()
		push := f.goPush(t.Context(), nil)
		f.expectAsleep(push, atSpaceAvail)
		f.set64(atRead, 8)
		<-push.done
		if push.err != nil {
			t.Fatal(push.err)
		}
	})
}

func TestPollingAndDeadlinesLimitTheSleep(t *testing.T) {
	for name, row := range map[string]struct {
		opt      ring.Option
		deadline bool
		timed    bool
	}{
		"neither":  {ring.WithoutPolling(), false, false},
		"polling":  {ring.WithPollInterval(time.Hour), false, true},
		"deadline": {ring.WithoutPolling(), true, true},
		"both":     {ring.WithPollInterval(time.Hour), true, true},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			if row.deadline {
				ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
			}
			f := newRing(t, 64, row.opt)
			pop := f.goPop(ctx)
			timed := f.expectAsleep(pop, atDataAvail)
			cancel()
			<-pop.done
			if timed != row.timed {
				t.Fatalf("the sleep has a time limit: %v, want %v", timed, row.timed)
			}
		})
	}
}

func TestTheSetterCountsForTheNextSleep(t *testing.T) {
	f := newRing(t, 64, ring.WithoutPolling())
	f.r.SetPollInterval(time.Hour)
	pop := f.goPop(t.Context())
	if !f.expectAsleep(pop, atDataAvail) {
		t.Error("the sleep has no time limit")
	}
	f.push(nil)
	<-pop.done
}

func TestADeadlineEndsTheWait(t *testing.T) {
	forEachPolling(t, func(f *fixture) {
		ctx, cancel := context.WithTimeout(f.Context(), 5*time.Millisecond)
		defer cancel()
		_, err := f.r.Pop(ctx, nil)
		f.expectWaitError("Pop", err, context.DeadlineExceeded)

		f.fill()
		ctx, cancel = context.WithTimeout(f.Context(), 5*time.Millisecond)
		defer cancel()
		f.expectWaitError("Push", f.w.Push(ctx, nil), context.DeadlineExceeded)
	})
}

func TestACancellationWakesTheSleeper(t *testing.T) {
	forEachPolling(t, func(f *fixture) {
		ctx, cancel := context.WithCancel(f.Context())
		pop := f.goPop(ctx)
		f.expectAsleep(pop, atDataAvail)
		cancel()
		<-pop.done
		f.expectWaitError("Pop", pop.err, context.Canceled)

		f.fill()
		ctx, cancel = context.WithCancel(f.Context())
		push := f.goPush(ctx, nil)
		f.expectAsleep(push, atSpaceAvail)
		cancel()
		<-push.done
		f.expectWaitError("Push", push.err, context.Canceled)
	})
}

func (f *fixture) expectWaitError(what string, err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Fatalf("%s = %v, want %v", what, err, want)
	}
	if !strings.Contains(err.Error(), f.path) {
		f.Fatalf("%s does not name the ring: %v", what, err)
	}
}

func TestAWaitThatFailedLeavesTheRingUsable(t *testing.T) {
	forEachPolling(t, func(f *fixture) {
		ended, cancel := context.WithCancel(f.Context())
		cancel()
		_, err := f.r.Pop(ended, nil)
		f.expectWaitError("Pop", err, context.Canceled)
		n := f.fill()
		f.expectWaitError("Push", f.w.Push(ended, []byte{1}), context.Canceled)
		for range n {
			f.pop(nil)
		}
		f.expectEmpty() // what was not pushed in time is not in the ring

		pop := f.goPop(f.Context())
		f.expectAsleep(pop, atDataAvail)
		f.push([]byte{2})
		<-pop.done
		f.same(pop.msg, []byte{2})
	})
}
