package ring_test

import (
	"testing"

	"killpoint/ring"
)

func (f *fixture) reserve(n int) []byte {
	f.Helper()
	body, err := f.w.TryReserve(n)
	if err != nil {
		f.Fatalf("TryReserve of %d bytes: %v", n, err)
	}
	if len(body) != n || cap(body) != n {
		f.Fatalf("a reservation of %d bytes has %d, room for %d", n, len(body), cap(body))
	}
	return body
}

func (f *fixture) commit(n int) {
	f.Helper()
	if err := f.w.Commit(n); err != nil {
		f.Fatalf("Commit of %d bytes: %v", n, err)
	}
}

func TestAReservationBecomesAMessage(t *testing.T) {
	f := newRing(t, 128)
	for i := range 200 {
		msg := f.message(i % 50)
		copy(f.reserve(len(msg)), msg)
		f.commit(len(msg))
		f.pop(msg)
	}
}

func TestAReservationMayBecomeAShorterMessage(t *testing.T) {
	f := newRing(t, 64)
	msg := f.message(5)
	copy(f.reserve(60), msg)
	f.commit(5)
	if got := f.word64(atWrite); got != 16 {
		t.Errorf("write is %d, want 16: the rest of the reservation is free again", got)
	}
	next := f.message(40)
	f.push(next)
	f.pop(msg)
	f.pop(next)
}

func TestAReservationIsInvisible(t *testing.T) {
	f := newRing(t, 64)
	f.push(nil)
	f.pop(nil)
	before := image(t, f.path)
	f.reserve(40)
	expectImage(t, f.path, before)
	f.expectEmpty()
	copy(f.reserveAgain(40), f.message(40))
	f.w.Abort()
	f.expectEmpty()
	msg := f.message(40)
	f.push(msg)
	f.pop(msg)
}

func (f *fixture) reserveAgain(n int) []byte {
	f.Helper()
	f.w.Abort()
	return f.reserve(n)
}

func TestAReservationIsGoneWithItsWriter(t *testing.T) {
	f := newRing(t, 64)
	copy(f.reserve(20), f.message(20))
	f.w.Close()
	w, err := ring.Attach(f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	f.expectEmpty()
	f.w = w
	msg := f.message(20)
	f.push(msg)
	f.pop(msg)
	f.expectEmpty()
}

func TestReserveWaitsForRoom(t *testing.T) {
	forEachPolling(t, func(f *fixture) {
		older := f.message(60)
		f.push(older)
		var body []byte
		reserve := f.start(func(c *call) { body, c.err = f.w.Reserve(f.Context(), 60) })
		f.expectAsleep(reserve, atSpaceAvail)
		f.pop(older)
		<-reserve.done
		if reserve.err != nil {
			f.Fatal(reserve.err)
		}
		msg := f.message(60)
		copy(body, msg)
		f.commit(60)
		f.pop(msg)
	})
}

func TestNothingButItsEndFitsAReservation(t *testing.T) {
	f := newRing(t, 64)
	f.reserve(8)
	before := image(t, f.path)
	_, reserve := f.w.Reserve(t.Context(), 1)
	_, tryReserve := f.w.TryReserve(1)
	_, batch := f.w.PushBatch(t.Context(), [][]byte{nil})
	_, tryBatch := f.w.TryPushBatch(nil)
	for _, err := range []error{f.w.Push(t.Context(), nil), f.w.TryPush(nil), reserve, tryReserve, batch, tryBatch} {
		expectError(t, err, ring.ErrOrder, "reservation")
	}
	expectError(t, f.w.Commit(9), ring.ErrTooLarge)
	expectError(t, f.w.Commit(-1), ring.ErrTooLarge)
	expectImage(t, f.path, before)
	f.commit(8)
	expectError(t, f.w.Commit(0), ring.ErrOrder)
	f.w.Abort() // with none there is nothing to give up
	for _, n := range []int{-1, 61} {
		_, err := f.w.Reserve(t.Context(), n)
		expectError(t, err, ring.ErrTooLarge)
	}
	f.w.Close()
	if err := f.w.Commit(0); err != ring.ErrClosed {
		t.Errorf("Commit after Close: %v", err)
	}
	if _, err := f.w.TryReserve(0); err != ring.ErrClosed {
		t.Errorf("TryReserve after Close: %v", err)
	}
}
