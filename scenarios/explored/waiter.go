package explored

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// waiter is a peer's operation that waits, on a thread of its own: only one of
// the two sides ever runs, the explored one from stop to stop, the waiter until
// it sleeps.
type waiter struct {
	thread int
	cancel context.CancelFunc
	done   chan struct{}

	mu  sync.Mutex
	err error
}

// wait begins an operation that waits.
func (s *side) wait(operation func(context.Context) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	s.waiter = &waiter{cancel: cancel, done: make(chan struct{})}
	started := make(chan int)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(s.waiter.done)
		started <- unix.Gettid()
		s.waiter.err = operation(ctx)
	}()
	s.waiter.thread = <-started
	s.settle()
	return nil
}

// popAll pops until it has got all messages that there will ever be.
func (s *side) popAll() error {
	missing := s.expected - len(s.got)
	return s.wait(func(ctx context.Context) error {
		for range missing {
			m, err := s.r.Pop(ctx, nil)
			if err != nil {
				return err
			}
			s.waiter.mu.Lock()
			s.got = append(s.got, m)
			s.waiter.mu.Unlock()
		}
		return nil
	})
}

// pushMany pushes more than the ring can hold.
func (s *side) pushMany() error {
	const size = 60
	return s.pushWaiting(size, s.w.Capacity()/size+1)
}

// pushLongWaiting pushes what the reader has to follow to the next lap for.
func (s *side) pushLongWaiting() error { return s.pushWaiting(s.long(), 1) }

func (s *side) pushWaiting(size, messages int) error {
	s.size = size
	return s.wait(func(ctx context.Context) error {
		for range messages {
			m := s.fresh(size)
			if err := s.w.Push(ctx, m); err != nil {
				return err
			}
			s.waiter.mu.Lock()
			s.sent = append(s.sent, m)
			s.waiter.mu.Unlock()
		}
		return nil
	})
}

// settle waits until a waiter has done its operation, or sleeps.
func (s *side) settle() (done bool) {
	if s.waiter == nil {
		return true
	}
	for {
		select {
		case <-s.waiter.done:
			return true
		default:
		}
		if s.waiter.asleep() {
			s.waiter.mu.Lock() // what it did before it slept is seen from here on
			defer s.waiter.mu.Unlock()
			return false
		}
		time.Sleep(10 * time.Microsecond)
	}
}

// asleep tells whether the kernel has the waiter within a futex wait on shared
// memory; those of Go's runtime are private. A thread that was just woken may
// still be shown within its call, but not as sleeping.
func (w *waiter) asleep() bool {
	for range 2 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", w.thread))
		_, state, ok := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
		if err != nil || !ok || state[0] != 'S' {
			return false
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/syscall", w.thread))
		f := strings.Fields(string(text))
		const sharedWait = "0x0"
		if err != nil || len(f) < 3 || f[0] != fmt.Sprint(unix.SYS_FUTEX) || f[2] != sharedWait {
			return false
		}
	}
	return true
}

// stop ends a waiter that is asleep, or has ended.
func (w *waiter) stop() error {
	w.cancel()
	<-w.done
	return unless(w.err, context.Canceled)
}

// owed tells whether the waiter sleeps and could go on: there is a message, or
// room for the next one.
func (s *side) owed(file []byte) bool {
	if s.settle() {
		return false
	}
	o := Operation{}
	if s.w != nil {
		o.Sends = [][]byte{make([]byte, s.size)}
	}
	return o.wakeable(explore.Image{file}, fate{})
}

// check complains if the waiter sleeps and could go on, while the other side has
// nothing more to do; and wakes it.
func (d *duel) check() {
	file, err := os.ReadFile(d.path)
	if err != nil {
		d.fatal = err
		return
	}
	if !d.owed(file) {
		return
	}
	offset := int64(ring.DataAvailOffset)
	if d.w != nil {
		offset = ring.SpaceAvailOffset
	}
	sleepers, err := awaken(d.path, offset)
	if err != nil || sleepers == 0 {
		d.fatal = errors.Join(err, fmt.Errorf("%w: the peer was to sleep", explore.ErrCannot))
		return
	}
	d.complain("a wake-up is missed for good: the peer sleeps, has reason to go on, and nobody is left to wake it")
	d.settle()
}
