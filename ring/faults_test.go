package ring_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"killpoint/ring"
)

// Each test here is about a fault that rings of this kind have had.

func TestAnEmptyMessageIsNotAWrapMarker(t *testing.T) {
	f := newRing(t, 1024)
	for range 3 { // with stale messages of earlier rounds behind the empty one
		for i := range 10 {
			f.push([]byte{byte(i), 'o', 'l', 'd'})
		}
		for i := range 10 {
			f.pop([]byte{byte(i), 'o', 'l', 'd'})
		}
		f.push([]byte{})
		f.pop([]byte{})
		f.expectEmpty()
	}
}

func TestAnEmptyMessageKeepsItsPlaceAmongOthers(t *testing.T) {
	for place := range 10 {
		f := newRing(t, 128)
		f.advance(104) // so that the lap ends among them
		for i := range 10 {
			f.push(make([]byte, 1)[:oneUnless(i == place)])
		}
		for i := range 10 {
			f.pop(make([]byte, 1)[:oneUnless(i == place)])
		}
		f.expectEmpty()
	}
}

func oneUnless(empty bool) int {
	if empty {
		return 0
	}
	return 1
}

func TestTheLastBytesOfTheLapAreInTheFile(t *testing.T) {
	forEachCapacity(t, func(f *fixture, capacity int) {
		msg := f.message(ring.MaxMessage(capacity))
		f.push(msg)
		f.w.Close()
		f.r.Close()
		file, err := os.OpenFile(f.path, os.O_RDWR, 0)
		if err != nil {
			f.Fatal(err)
		}
		defer file.Close()
		if err := file.Sync(); err != nil {
			f.Fatal(err)
		}
		stored := image(f.T, f.path)
		if want := 4096 + capacity; len(stored) != want {
			f.Fatalf("file has %d bytes, want %d", len(stored), want)
		}
		f.same(stored[4096+4:], msg)
	})
}

func TestAnEmptyRingTakesALongMessageWhereverItStands(t *testing.T) {
	t.Run("TryPush", func(t *testing.T) {
		f := newRing(t, 1024)
		f.push(f.message(500))
		f.pop(message(500, f.serial))
		msg := f.message(900)
		f.expectFull(msg)
		f.expectEmpty()
		f.push(msg)
		f.pop(msg)
	})
	for name, opt := range map[string]ring.Option{
		"Push beside a Pop, polling on":  ring.WithPollInterval(0),
		"Push beside a Pop, polling off": ring.WithoutPolling(),
	} {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, 1024, opt)
			f.push(f.message(500))
			f.pop(message(500, f.serial))
			pop := f.goPop(t.Context())
			f.expectAsleep(pop, atDataAvail)
			msg := f.message(900)
			if err := f.w.Push(t.Context(), msg); err != nil {
				t.Fatal(err)
			}
			<-pop.done
			f.same(pop.msg, msg)
		})
	}
}

// Every poll wakes the writer, and no wake-up may start its clock again.
func TestWakeUpsDoNotPutOffTheDeadline(t *testing.T) {
	f := newRing(t, 1024, ring.WithPollInterval(ring.MinPoll))
	f.fill()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	push := f.goPush(ctx, f.message(1000))
	<-push.done
	f.expectWaitError("Push", push.err, context.DeadlineExceeded)
}

// A writer that died before it set the event leaves the message: a reader
// whose wait has a deadline polls as one without does.
func TestPollingWorksUnderADeadline(t *testing.T) {
	f := newRing(t, 64, ring.WithPollInterval(time.Millisecond))
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	pop := f.goPop(ctx)
	f.expectAsleep(pop, atDataAvail)
	f.set32(atData, ready)
	f.set64(atWrite, 8)
	<-pop.done
	if pop.err != nil {
		t.Fatal(pop.err)
	}
}

// A writer that died after publishing a wrap marker leaves a reader that finds
// the marker, no message, and the end of its time.
func TestAWrapMarkerAloneDoesNotKeepAReaderBeyondItsDeadline(t *testing.T) {
	for name, opt := range map[string]ring.Option{
		"polling on":  ring.WithPollInterval(0),
		"polling off": ring.WithoutPolling(),
	} {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, 1024, opt)
			f.advance(504)
			f.expectFull(f.message(1000))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := f.r.Pop(ctx, nil)
			f.expectWaitError("Pop", err, context.DeadlineExceeded)
			if read := f.word64(atRead); read != 1024 {
				t.Fatalf("read index is %d, want it behind the marker, at 1024", read)
			}
		})
	}
}

func TestAReaderThatFollowedAWrapMarkerSleeps(t *testing.T) {
	f := newRing(t, 1024, ring.WithoutPolling())
	f.advance(504)
	f.expectFull(f.message(1000))
	pop := f.goPop(t.Context())
	f.expectAsleep(pop, atDataAvail)
	f.push(f.message(1000))
	<-pop.done
	f.same(pop.msg, message(1000, f.serial))
}

func TestAHugeCapacityIsRefusedAndNotMapped(t *testing.T) {
	for door, enter := range doors {
		t.Run(door, func(t *testing.T) {
			path := soundFile(t)
			word(atCapacity, 1<<40)(t, path)
			expectError(t, enter(path), ring.ErrLayout)
		})
	}
}

func TestARecordLengthPastTheRingIsRefused(t *testing.T) {
	f := newRing(t, 1024)
	f.push(f.message(10))
	f.set32(atData, ready|1<<29)
	_, err := f.r.TryPop(nil)
	expectError(t, err, ring.ErrCorrupt)
}

func TestACapacityThatChangesWhileInUseHarmsNobody(t *testing.T) {
	f := newRing(t, 64)
	f.set64(atCapacity, 1<<40)
	for range 30 {
		msg := f.message(40)
		f.pushInTwoSteps(msg)
		f.pop(msg)
	}
}

func TestAHalfMadeFileIsRefusedByAllAndSaysTheWayOut(t *testing.T) {
	path := soundFile(t)
	zero(t, path)
	for door, enter := range doors {
		expectError(t, enter(path), ring.ErrLayout, strings.ToLower(door), "remove it and create it again")
	}
	_, err := ring.Create(path, 64)
	expectError(t, err, os.ErrExist, "remove it first")
	if err := errors.Join(os.Remove(path), closed(ring.Create(path, 64))); err != nil {
		t.Fatalf("the way out is none: %v", err)
	}
}
