package ring_test

import (
	"testing"
	"time"

	"killpoint/ring"
)

// Any time-out does for these: it passes, and then the kernel is asked.
const stall = 5 * time.Millisecond

func TestAStallIsToldByWhetherThePeerLives(t *testing.T) {
	for name, poll := range map[string]time.Duration{"polling": time.Millisecond, "polling off": ring.PollOff} {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, 64, ring.WithStallTimeout(stall), ring.WithPollInterval(poll))
			_, err := f.r.Pop(t.Context(), nil)
			expectError(t, err, ring.ErrPeerStalled, f.path, "writer")
			f.w.Close()
			_, err = f.r.Pop(t.Context(), nil)
			expectError(t, err, ring.ErrPeerDead, f.path, "writer")
		})
		t.Run(name+", writer", func(t *testing.T) {
			f := newRing(t, 64, ring.WithStallTimeout(stall), ring.WithPollInterval(poll))
			f.fill()
			err := f.w.Push(t.Context(), []byte("more"))
			expectError(t, err, ring.ErrPeerStalled, f.path, "reader")
			_, err = f.w.PushBatch(t.Context(), [][]byte{nil})
			expectError(t, err, ring.ErrPeerStalled)
			_, err = f.w.Reserve(t.Context(), 1)
			expectError(t, err, ring.ErrPeerStalled)
			f.r.Close()
			err = f.w.Push(t.Context(), []byte("more"))
			expectError(t, err, ring.ErrPeerDead, f.path, "reader")
		})
	}
}

// What a dead peer has left behind is worth more than the news of its death.
func TestADeadPeersMessagesComeFirst(t *testing.T) {
	f := newRing(t, 64, ring.WithStallTimeout(time.Nanosecond))
	f.push([]byte("left"))
	f.w.Close()
	msg, err := f.r.Pop(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	f.same(msg, []byte("left"))
	_, err = f.r.Peek(t.Context())
	expectError(t, err, ring.ErrPeerDead)
}

// A peer that moves before the time is over starts it anew.
func TestAPeerThatMovesIsNotStalled(t *testing.T) {
	f := newRing(t, 64, ring.WithStallTimeout(time.Hour), ring.WithoutPolling())
	n := f.fill()
	push := f.goPush(t.Context(), f.message(60))
	for range n {
		f.expectAsleep(push, atSpaceAvail)
		f.pop(nil)
	}
	<-push.done
	if push.err != nil {
		t.Fatal(push.err)
	}
}
