package ring_test

import (
	"testing"

	"killpoint/ring"
)

func (f *fixture) messages(sizes ...int) (msgs [][]byte) {
	for _, n := range sizes {
		msgs = append(msgs, f.message(n))
	}
	return msgs
}

func (f *fixture) popAll(want [][]byte) {
	f.Helper()
	for _, msg := range want {
		f.pop(msg)
	}
	f.expectEmpty()
}

func TestABatchIsPublishedInOrder(t *testing.T) {
	f := newRing(t, 256)
	for range 40 { // over every offset and lap end
		batch := f.messages(0, 3, 20, 4, 40)
		if n, err := f.w.PushBatch(t.Context(), batch); n != len(batch) || err != nil {
			t.Fatalf("PushBatch = %d, %v", n, err)
		}
		f.popAll(batch)
	}
}

// Nothing of a batch is seen before the last of it is in its place.
func TestABatchIsPublishedByOneStore(t *testing.T) {
	f := newRing(t, 256, ring.WithoutPolling())
	batch := f.messages(20, 20, 20)
	f.push(nil)
	f.pop(nil) // from here on the event tells who was woken
	pop := f.goPop(t.Context())
	f.expectAsleep(pop, atDataAvail)
	if n, err := f.w.TryPushBatch(batch); n != 3 || err != nil {
		t.Fatalf("TryPushBatch = %d, %v", n, err)
	}
	<-pop.done
	f.same(pop.msg, batch[0])
	if got := f.word64(atWrite); got != 8+3*24 {
		t.Errorf("write is %d, want %d", got, 8+3*24)
	}
	f.popAll(batch[1:])
}

func TestABatchWithoutRoomForAllPublishesWhatFits(t *testing.T) {
	f := newRing(t, 64)
	batch := f.messages(12, 12, 12, 12, 12)
	n, err := f.w.TryPushBatch(batch)
	if n != 4 || err != ring.ErrFull {
		t.Fatalf("TryPushBatch = %d, %v; want 4, ErrFull", n, err)
	}
	f.popAll(batch[:4])
}

// A writer that sleeps with messages up its sleeve would wait for a reader that
// waits for them.
func TestABatchIsFlushedBeforeItSleeps(t *testing.T) {
	forEachPolling(t, func(f *fixture) {
		batch := f.messages(12, 12, 12, 12, 12, 12)
		var n int
		push := f.start(func(c *call) { n, c.err = f.w.PushBatch(f.Context(), batch) })
		f.expectAsleep(push, atSpaceAvail)
		if got := f.word64(atWrite); got != 64 {
			f.Errorf("write is %d while the writer sleeps, want 64", got)
		}
		f.pop(batch[0])
		f.pop(batch[1])
		<-push.done
		if n != len(batch) || push.err != nil {
			f.Fatalf("PushBatch = %d, %v", n, push.err)
		}
		f.popAll(batch[2:])
	})
}

func TestABatchThatIsGivenUpSaysHowFarItCame(t *testing.T) {
	for name, ctx := range endedContexts(t) {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, 64)
			batch := f.messages(12, 12, 12, 12, 12)
			n, err := f.w.PushBatch(ctx, batch)
			if n != 4 || err == nil {
				t.Fatalf("PushBatch = %d, %v; want 4 and an error", n, err)
			}
			f.popAll(batch[:4])
		})
	}
}

func TestABatchThatCannotFitPublishesNothing(t *testing.T) {
	f := newRing(t, 64)
	before := image(t, f.path)
	batch := f.messages(12, 61)
	n, err := f.w.PushBatch(t.Context(), batch)
	expectError(t, err, ring.ErrTooLarge)
	m, err := f.w.TryPushBatch(batch)
	expectError(t, err, ring.ErrTooLarge)
	if n != 0 || m != 0 {
		t.Errorf("%d and %d messages published", n, m)
	}
	expectImage(t, f.path, before)
}

func TestAnEmptyBatchChangesNothing(t *testing.T) {
	f := newRing(t, 64)
	before := image(t, f.path)
	if n, err := f.w.PushBatch(t.Context(), nil); n != 0 || err != nil {
		t.Fatalf("PushBatch = %d, %v", n, err)
	}
	expectImage(t, f.path, before)
	f.w.Close()
	if _, err := f.w.PushBatch(t.Context(), nil); err != ring.ErrClosed {
		t.Fatalf("after Close: %v, want ErrClosed", err)
	}
}
