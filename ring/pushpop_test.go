package ring_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"killpoint/ring"
)

var capacities = []int{64, 72, 128, 1024, 4096}

func forEachCapacity(t *testing.T, test func(f *fixture, capacity int)) {
	for _, capacity := range capacities {
		t.Run(fmt.Sprintf("capacity %d", capacity), func(t *testing.T) {
			test(newRing(t, capacity), capacity)
		})
	}
}

// boundarySizes are the message sizes around everything that could be off by
// one: words, records, half of the ring and all of it.
func boundarySizes(capacity int) []int {
	var sizes []int
	for n := range 65 {
		sizes = append(sizes, n, capacity/2-32+n, ring.MaxMessage(capacity)-n)
	}
	sizes = slices.DeleteFunc(sizes, func(n int) bool { return n < 0 || n > ring.MaxMessage(capacity) })
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

func TestEverySizeComesOutIntactOnEveryLap(t *testing.T) {
	forEachCapacity(t, func(f *fixture, capacity int) {
		for range 20 {
			for _, n := range boundarySizes(capacity) {
				msg := f.message(n)
				f.pushInTwoSteps(msg)
				f.pop(msg)
				f.expectEmpty()
			}
		}
		if laps := f.word64(atRead) / uint64(capacity); laps < 20 {
			f.Fatalf("went round %d times only", laps)
		}
	})
}

func TestMessagesComeOutInTheOrderTheyWentIn(t *testing.T) {
	forEachCapacity(t, func(f *fixture, capacity int) {
		sizes := boundarySizes(capacity)
		next := 0
		for round := range 300 {
			var inside [][]byte
			for {
				msg := f.message(sizes[(next*7+round)%len(sizes)] / (1 + next%4))
				if err := f.w.TryPush(msg); err == ring.ErrFull {
					break
				} else if err != nil {
					f.Fatal(err)
				}
				inside = append(inside, msg)
				next++
			}
			for _, want := range inside {
				f.pop(want)
			}
			f.expectEmpty()
			next++
		}
	})
}

func TestARefusedPushLosesNothing(t *testing.T) {
	forEachCapacity(t, func(f *fixture, capacity int) {
		size := capacity/3 - 8
		for range 50 {
			var inside [][]byte
			refused := f.message(size)
			for f.w.TryPush(refused) == nil {
				inside = append(inside, refused)
				refused = f.message(size)
			}
			for range 3 {
				f.expectFull(refused)
			}
			for _, want := range inside {
				f.pop(want)
			}
			f.expectEmpty()
			f.push(refused)
			f.pop(refused)
		}
	})
}

func TestEmptyMessagesFillTheRingToTheLastByte(t *testing.T) {
	forEachCapacity(t, func(f *fixture, capacity int) {
		for range 3 {
			if n := f.fill(); n != capacity/8 {
				f.Fatalf("%d empty messages fit, want %d", n, capacity/8)
			}
			for range capacity / 8 {
				f.pop(nil)
			}
			f.expectEmpty()
		}
	})
}

func TestOneRecordOfRoomIsEnoughForTheNextPush(t *testing.T) {
	forEachCapacity(t, func(f *fixture, _ int) {
		f.fill()
		f.pop(nil)
		f.push(nil)
		f.expectFull(nil)
	})
}

func TestTheLongestMessageLeavesNoRoom(t *testing.T) {
	forEachCapacity(t, func(f *fixture, capacity int) {
		msg := f.message(ring.MaxMessage(capacity))
		f.push(msg)
		f.expectFull(nil)
		f.pop(msg)
	})
}

func TestMaxMessageIsTheDataAreaLessOneHeader(t *testing.T) {
	if got := ring.MaxMessage(1024); got != 1020 {
		t.Fatalf("MaxMessage(1024) = %d, want 1020", got)
	}
}

func TestATooLargeMessageIsRefusedWithoutATrace(t *testing.T) {
	forEachCapacity(t, func(f *fixture, capacity int) {
		before := image(f.T, f.path)
		msg := f.message(ring.MaxMessage(capacity) + 1)
		if err := f.w.TryPush(msg); !errors.Is(err, ring.ErrTooLarge) {
			f.Errorf("TryPush = %v, want ErrTooLarge", err)
		}
		if err := f.w.Push(f.Context(), msg); !errors.Is(err, ring.ErrTooLarge) {
			f.Errorf("Push = %v, want ErrTooLarge", err)
		}
		expectImage(f.T, f.path, before)
	})
}

func TestATooLargeMessageIsNotCalledFull(t *testing.T) {
	f := newRing(t, 64)
	f.fill()
	if err := f.w.TryPush(make([]byte, 61)); !errors.Is(err, ring.ErrTooLarge) {
		t.Fatalf("TryPush = %v, want ErrTooLarge", err)
	}
}

func TestANewRingIsEmpty(t *testing.T) {
	newRing(t, 64).expectEmpty()
}

func TestThePushedSliceStaysTheCallers(t *testing.T) {
	f := newRing(t, 64)
	msg := []byte("as pushed")
	f.push(msg)
	copy(msg, "scribbled")
	f.pop([]byte("as pushed"))
}

func TestAPoppedMessageOutlivesItsSlot(t *testing.T) {
	f := newRing(t, 64)
	want := f.message(60)
	f.push(want)
	got, err := f.r.TryPop(nil)
	if err != nil {
		t.Fatal(err)
	}
	f.push(f.message(60))
	f.same(got, want)
}

func TestPopUsesTheBufferWhenItsCapacitySuffices(t *testing.T) {
	f := newRing(t, 128)
	for name, buf := range map[string][]byte{
		"exact capacity":  make([]byte, 0, 40),
		"length is junk":  make([]byte, 100),
		"larger capacity": make([]byte, 3, 64),
	} {
		t.Run(name, func(t *testing.T) {
			msg := f.message(40)
			f.push(msg)
			got, err := f.r.TryPop(buf)
			if err != nil {
				t.Fatal(err)
			}
			f.same(got, msg)
			if &got[0] != &buf[:1][0] {
				t.Fatal("the message is not in the buffer's memory")
			}
		})
	}
}

func TestPopLeavesATooSmallBufferAlone(t *testing.T) {
	f := newRing(t, 128)
	msg := f.message(40)
	f.push(msg)
	buf := make([]byte, 39)
	got, err := f.r.TryPop(buf)
	if err != nil {
		t.Fatal(err)
	}
	f.same(got, msg)
	if !slices.Equal(buf, make([]byte, 39)) {
		t.Fatalf("the buffer was written to: %x", buf)
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	f := newRing(t, 256)
	msg, buf := f.message(100), make([]byte, 0, 100)
	for name, size := range map[string]int{"empty": 0, "small": 9, "large": 100} {
		t.Run(name, func(t *testing.T) {
			allocs := testing.AllocsPerRun(1000, func() {
				err := f.w.TryPush(msg[:size])
				got, popErr := f.r.TryPop(buf)
				if err != nil || popErr != nil || len(got) != size {
					t.Fatalf("push: %v; pop: %d bytes, %v", err, len(got), popErr)
				}
			})
			if allocs != 0 {
				t.Fatalf("a push and a pop allocate %v times", allocs)
			}
		})
	}
}

func TestFullAndEmptyAllocateNothing(t *testing.T) {
	f := newRing(t, 64)
	if allocs := testing.AllocsPerRun(1000, f.expectEmpty); allocs != 0 {
		t.Errorf("ErrEmpty allocates %v times", allocs)
	}
	f.fill()
	if allocs := testing.AllocsPerRun(1000, func() { f.expectFull(nil) }); allocs != 0 {
		t.Errorf("ErrFull allocates %v times", allocs)
	}
}
