package ring_test

import (
	"context"
	"testing"

	"killpoint/ring"
)

func (f *fixture) peek(want []byte) {
	f.Helper()
	got, err := f.r.TryPeek()
	if err != nil {
		f.Fatalf("TryPeek of a message of %d bytes: %v", len(want), err)
	}
	f.same(got, want)
}

func (f *fixture) release() {
	f.Helper()
	if err := f.r.Release(); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) expectNoMoreToPeek() {
	f.Helper()
	if got, err := f.r.TryPeek(); err != ring.ErrEmpty {
		f.Fatalf("TryPeek = %s, %v; want ErrEmpty", brief(got), err)
	}
}

func TestPeekedMessagesAreConsumedByRelease(t *testing.T) {
	f := newRing(t, 256)
	for range 40 {
		batch := f.messages(30, 0, 7)
		for _, msg := range batch {
			f.push(msg)
		}
		for _, msg := range batch {
			f.peek(msg)
		}
		f.expectNoMoreToPeek()
		if read, write := f.word64(atRead), f.word64(atWrite); write-read < 40+8+16 {
			t.Fatalf("read is %d already, write is %d", read, write)
		}
		f.release()
		if read, write := f.word64(atRead), f.word64(atWrite); read != write {
			t.Fatalf("read is %d after Release, write is %d", read, write)
		}
	}
}

func TestPeekedMessagesComeAgainToASuccessor(t *testing.T) {
	f := newRing(t, 256)
	batch := f.messages(10, 20, 30)
	for _, msg := range batch {
		f.push(msg)
	}
	f.peek(batch[0])
	f.release()
	f.peek(batch[1])
	f.peek(batch[2])
	f.r.Close()
	r, err := ring.Open(f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f.r = r
	f.popAll(batch[1:])
}

func TestRewindGivesBackWhatWasPeeked(t *testing.T) {
	f := newRing(t, 64)
	f.advance(40)
	batch := f.messages(4, 20, 10) // the second one is behind a wrap marker
	for _, msg := range batch {
		f.push(msg)
	}
	for range 3 {
		for _, msg := range batch {
			f.peek(msg)
		}
		f.expectNoMoreToPeek()
		f.r.Rewind()
	}
	f.popAll(batch)
}

// A wrap marker in front is consumed at once, one between held messages with
// them: else a long message's second step would wait for ever.
func TestPeekFollowsTheWriterOverTheLapEnd(t *testing.T) {
	f := newRing(t, 64)
	f.advance(40)
	first, second := f.message(4), f.message(28)
	f.push(first)
	f.push(second)
	f.peek(first)
	f.peek(second)
	if got := f.word64(atRead); got != 40 {
		t.Errorf("read is %d with two messages held, want 40", got)
	}
	f.release()
	long := f.message(60)
	if err := f.w.TryPush(long); err != ring.ErrFull {
		t.Fatalf("first step: %v", err)
	}
	f.expectNoMoreToPeek()
	f.push(long)
	f.peek(long)
	f.release()
}

func TestPeekWaitsWithEmptyHandsOnly(t *testing.T) {
	forEachPolling(t, func(f *fixture) {
		var got []byte
		peek := f.start(func(c *call) { got, c.err = f.r.Peek(f.Context()) })
		f.expectAsleep(peek, atDataAvail)
		msg := f.message(20)
		f.push(msg)
		<-peek.done
		f.same(got, msg)
		if _, err := f.r.Peek(f.Context()); err != ring.ErrEmpty {
			f.Fatalf("Peek with a message in hand: %v, want ErrEmpty", err)
		}
		if n, err := f.r.PeekBatch(f.Context(), make([][]byte, 3)); n != 0 || err != ring.ErrEmpty {
			f.Fatalf("PeekBatch with a message in hand: %d, %v, want ErrEmpty", n, err)
		}
		f.release()
	})
}

func TestReleaseWakesAWriterThatSleeps(t *testing.T) {
	f := newRing(t, 64, ring.WithoutPolling())
	older := f.messages(12, 12, 12, 12)
	for _, msg := range older {
		f.push(msg)
	}
	msg := f.message(28)
	push := f.goPush(t.Context(), msg)
	f.expectAsleep(push, atSpaceAvail)
	f.peek(older[0])
	f.peek(older[1])
	f.expectAsleep(push, atSpaceAvail)
	f.release()
	<-push.done
	if push.err != nil {
		t.Fatal(push.err)
	}
	f.popAll(append(older[2:], msg))
}

func TestPeekBatchTakesWhatIsThere(t *testing.T) {
	f := newRing(t, 256)
	batch := f.messages(10, 20, 0, 30)
	for _, msg := range batch {
		f.push(msg)
	}
	into := make([][]byte, 3)
	for _, want := range [][][]byte{batch[:3], batch[3:]} {
		n, err := f.r.PeekBatch(t.Context(), into)
		if n != len(want) || err != nil {
			t.Fatalf("PeekBatch = %d, %v; want %d", n, err, len(want))
		}
		for i, msg := range want {
			f.same(into[i], msg)
		}
	}
	if n, err := f.r.PeekBatch(t.Context(), nil); n != 0 || err != nil {
		t.Fatalf("PeekBatch into nothing = %d, %v", n, err)
	}
	f.release()
	f.expectEmpty()
}

// What is sound is delivered before the error behind it.
func TestPeekBatchStopsBeforeWhatIsCorrupt(t *testing.T) {
	f := newRing(t, 256)
	f.push([]byte("sound"))
	f.push([]byte("broken"))
	f.set32(atData+16, ready|200)
	into := make([][]byte, 3)
	if n, err := f.r.PeekBatch(t.Context(), into); n != 1 || err != nil {
		t.Fatalf("PeekBatch = %d, %v; want 1", n, err)
	}
	f.same(into[0], []byte("sound"))
	if n, err := f.r.PeekBatch(t.Context(), into); n != 0 {
		t.Fatalf("PeekBatch = %d, %v; want ErrCorrupt", n, err)
	} else {
		expectError(t, err, ring.ErrCorrupt)
	}
}

func TestMessagesAreConsumedRoundByRound(t *testing.T) {
	f := newRing(t, 256)
	batch := f.messages(10, 20, 30)
	for _, msg := range batch {
		f.push(msg)
	}
	var got int
	for msg, err := range f.r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		f.same(msg, batch[got])
		if got++; got == 2 {
			break
		}
	}
	f.popAll(batch[2:])
}

func TestMessagesEndWithTheContext(t *testing.T) {
	f := newRing(t, 64)
	f.push([]byte("there"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var got int
	var last error
	for _, err := range f.r.Messages(ctx) {
		got++
		last = err
	}
	if got != 2 {
		t.Errorf("%d rounds, want the message and the end", got)
	}
	expectError(t, last, context.Canceled)
}

func TestAMessageWhoseRoundPanicsComesAgain(t *testing.T) {
	f := newRing(t, 64)
	f.push([]byte("again"))
	func() {
		defer func() { _ = recover() }()
		for range f.r.Messages(t.Context()) {
			panic("in the middle of it")
		}
	}()
	f.pop([]byte("again"))
}

func TestHeldMessagesMustBeReleasedFirst(t *testing.T) {
	f := newRing(t, 64)
	f.push([]byte("held"))
	f.peek([]byte("held"))
	_, pop := f.r.Pop(t.Context(), nil)
	_, tryPop := f.r.TryPop(nil)
	var messages error
	for _, err := range f.r.Messages(t.Context()) {
		messages = err
	}
	for _, err := range []error{pop, tryPop, messages} {
		expectError(t, err, ring.ErrOrder, "Release")
	}
	f.release()
	f.release() // with none there is nothing to do
	f.expectEmpty()
	f.r.Close()
	for _, end := range []func() error{
		f.r.Release,
		func() error { _, err := f.r.TryPeek(); return err },
		func() error { _, err := f.r.Peek(t.Context()); return err },
		func() error { _, err := f.r.PeekBatch(t.Context(), nil); return err },
	} {
		if err := end(); err != ring.ErrClosed {
			t.Errorf("after Close: %v, want ErrClosed", err)
		}
	}
}
