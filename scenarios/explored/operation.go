package explored

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// A Step is one call of the child.
type Step = ops.Step

// An Operation is what is explored: a ring as it is before, and what a child
// does to it.
type Operation struct {
	Name string
	// Capacity, Start and Older make the ring: its capacity, the index at which
	// its oldest record begins, and its messages. No capacity is no ring.
	Capacity, Start int
	Older           [][]byte
	// Marker tells that the rest of the lap was skipped for a message that has
	// not found room since.
	Marker bool
	// Passed is how many messages of Older are taken again before the operation.
	Passed int
	// Before are the child's steps to get ready, Do the operation.
	Before, Do []Step
	// Sends are the messages that the operation publishes, in order; Takes is
	// how many of the older ones are consumed.
	Sends [][]byte
	Takes int
	// Makes tells that the operation makes the ring, Replaces that it puts an
	// empty one in its place.
	Makes, Replaces bool
	// Wakes is the file offset of the event that the operation signals; 0 is none.
	Wakes int64
	// Silent tells that the operation has nothing to store.
	Silent bool
	// Sleeps tells that the operation goes to sleep. Peer is what somebody does
	// then, so that it goes on; without it the child is left asleep.
	Sleeps bool
	Peer   func(path string) error
}

const (
	small    = 256
	large    = 16 << 10
	wrapping = 512
	// longBody is that of a message in a ring of wrapping bytes that has no room
	// before a reader has followed the writer into the next lap.
	longBody = 450
)

// msg is the body of a message, of no other one and without a zero.
func msg(name string, size int) []byte {
	return bytes.Repeat([]byte(name+"."), size/(len(name)+1)+1)[:size]
}

func msgs(m ...[]byte) [][]byte { return m }

// push makes the row of one message pushed by the given call.
func push(name, op string, capacity, start int, older [][]byte, sends ...[]byte) Operation {
	return Operation{
		Name: name, Capacity: capacity, Start: start, Older: older,
		Before: []Step{{Op: "attach"}}, Do: []Step{{Op: op, Msgs: sends}}, Sends: sends,
		Wakes: ring.DataAvailOffset,
	}
}

// pop makes the row of messages taken by the given call.
func pop(name, op string, capacity, start, takes int, older ...[]byte) Operation {
	return Operation{
		Name: name, Capacity: capacity, Start: start, Older: older,
		Before: []Step{{Op: "open"}}, Do: []Step{{Op: op}}, Takes: takes,
		Wakes: ring.SpaceAvailOffset,
	}
}

// wrapped are messages with the marker of a lap's end between them: the first
// leaves 64 bytes of the lap, into which the second does not fit.
func wrapped() [][]byte { return msgs(msg("o1", 60), msg("o2", 100)) }

// Operations is the table.
func Operations() []Operation {
	m := msg("M", 40)
	full := msgs(msg("o1", 60), msg("o2", 60), msg("o3", 60), msg("o4", 60))
	sleepy := push("push-into-full", "push", small, 64, full, m)
	sleepy.Sleeps = true
	woken := push("push-woken", "push", small, 64, full, m)
	woken.Sleeps, woken.Peer, woken.Takes = true, popOne, 1
	waiting := pop("pop-from-empty", "pop", small, 64, 0)
	waiting.Sleeps = true
	got := pop("pop-woken", "pop", small, 64, 0)
	got.Sleeps, got.Sends, got.Peer = true, msgs(msg("P", 20)), pushOne
	got.Takes = 1
	long := push("push-long", "push", wrapping, 128, nil, msg("M", longBody))
	long.Sleeps, long.Peer = true, popNone
	marker := pop("pop-marker", "pop", wrapping, 128, 0)
	marker.Sleeps, marker.Marker = true, true
	wrap := pop("pop-wrap", "pop", wrapping, 384, 1, wrapped()...)
	wrap.Passed = 1
	peek := pop("peek-release", "peek-release", small, 64, 2, m, msg("o2", 10))
	peek.Do[0].Count = peek.Takes
	return []Operation{
		{Name: "create", Do: []Step{{Op: "create", Capacity: small}}, Makes: true},
		{Name: "replace", Capacity: small, Start: 64, Older: msgs(msg("o1", 10)), Do: []Step{{Op: "replace", Capacity: small}}, Replaces: true},
		{Name: "attach", Capacity: small, Start: 64, Older: msgs(msg("o1", 10)), Do: []Step{{Op: "attach"}}, Silent: true},
		{Name: "open", Capacity: small, Start: 64, Older: msgs(msg("o1", 10)), Do: []Step{{Op: "open"}}, Silent: true},
		push("push-first", "try-push", small, 0, nil, m),
		push("push", "try-push", small, 128, msgs(msg("o1", 10)), m),
		push("push-to-the-end", "try-push", small, 128, msgs(msg("o1", 60)), msg("M", 60)),
		push("push-to-the-brim", "try-push", small, 256, nil, msg("M", 252)),
		push("push-empty", "try-push", small, 128, msgs(msg("o1", 10)), []byte{}),
		push("push-256", "try-push", large, 128, msgs(msg("o1", 10)), msg("M", 256)),
		push("push-4096", "try-push", large, 128, msgs(msg("o1", 10)), msg("M", 4096)),
		push("push-wrap", "try-push", wrapping, 384, msgs(msg("o1", 60)), msg("M", 100)),
		push("push-batch", "push-batch", small, 64, msgs(msg("o1", 10)), m, msg("N", 20), msg("O", 0)),
		push("push-batch-wrap", "push-batch", wrapping, 384, msgs(msg("o1", 20)), m, msg("N", 100), msg("O", 30)),
		push("reserve-commit", "reserve-commit", small, 128, msgs(msg("o1", 10)), m),
		sleepy,
		woken,
		long,
		pop("pop", "pop", small, 64, 1, m, msg("o2", 10)),
		pop("pop-last", "pop", small, 64, 1, m),
		pop("pop-the-only", "pop", small, 256, 1, msg("o1", 252)),
		wrap,
		peek,
		marker,
		waiting,
		got,
		{Name: "close-writer", Capacity: small, Start: 64, Older: msgs(m), Before: []Step{{Op: "attach"}}, Do: []Step{{Op: "close-writer"}}, Silent: true},
		{Name: "close-reader", Capacity: small, Start: 64, Older: msgs(m), Before: []Step{{Op: "open"}}, Do: []Step{{Op: "close-reader"}}, Silent: true},
	}
}

// make makes the ring at the path, in this process.
func (o Operation) make(path string) error {
	w, r, err := o.hold(path)
	if err != nil {
		return err
	}
	return errors.Join(w.Close(), r.Close())
}

// hold makes the ring and keeps the ends that have made it.
func (o Operation) hold(path string) (w *ring.Writer, r *ring.Reader, err error) {
	if w, err = ring.Create(path, o.Capacity, ring.WithoutPolling()); err != nil {
		return nil, nil, err
	}
	if r, err = ring.Open(path, ring.WithoutPolling()); err == nil {
		if err = o.fill(w, r); err == nil {
			return w, r, nil
		}
		r.Close()
	}
	w.Close()
	return nil, nil, err
}

func (o Operation) fill(w *ring.Writer, r *ring.Reader) error {
	for shift := o.Start; shift > 0; shift -= 64 {
		if err := w.TryPush(make([]byte, min(shift, 64)-4)); err != nil {
			return fmt.Errorf("shift: %w", err)
		}
		if _, err := r.TryPop(nil); err != nil {
			return fmt.Errorf("shift: %w", err)
		}
	}
	for _, m := range o.Older {
		if err := w.TryPush(m); err != nil {
			return fmt.Errorf("older message: %w", err)
		}
	}
	if o.Marker {
		if err := w.TryPush(msg("long", longBody)); !errors.Is(err, ring.ErrFull) {
			return fmt.Errorf("a message for which the rest of the lap is skipped: %w", err)
		}
	}
	for range o.Passed {
		if _, err := r.TryPop(nil); err != nil {
			return fmt.Errorf("passed message: %w", err)
		}
	}
	return nil
}

// popOne, popNone and pushOne are peers: each does one operation and goes.
func popOne(path string) error {
	r, err := ring.Open(path)
	if err != nil {
		return err
	}
	_, err = r.TryPop(nil)
	return closing(r, err)
}

// popNone finds no message, but may find a wrap marker.
func popNone(path string) error {
	r, err := ring.Open(path)
	if err != nil {
		return err
	}
	_, err = r.TryPop(nil)
	if errors.Is(err, ring.ErrEmpty) {
		err = nil
	}
	return closing(r, err)
}

func pushOne(path string) error {
	w, err := ring.Attach(path)
	if err != nil {
		return err
	}
	return closing(w, w.TryPush(msg("P", 20)))
}

func closing(c interface{ Close() error }, err error) error {
	if e := c.Close(); err == nil {
		err = e
	}
	return err
}

// The byte of the file whose lock is the role.
const (
	writerRole int64 = writeAt
	readerRole int64 = readAt
)

// givenUp waits until a role is free whose end was closed here. A process that
// is just being started from here has a copy of each descriptor until it runs a
// program of its own, and with it the role.
func givenUp(path string, role int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for began := time.Now(); ; time.Sleep(20 * time.Microsecond) {
		l := unix.Flock_t{Type: unix.F_WRLCK, Start: role, Len: 1}
		if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &l); err != nil {
			return fmt.Errorf("ask for the role: %w", err)
		}
		if l.Type == unix.F_UNLCK {
			return nil
		}
		if time.Since(began) > patience {
			return fmt.Errorf("the role at %d is held for %v after its end was closed", role, patience)
		}
	}
}

// A Plan is what of the operations is to be explored.
type Plan struct {
	Operations []Operation
	Builds     []string // names
	Dir        string   // of what is written meanwhile
	Search     Search   // of each; its build, its folder and its names are the plan's to set
	Parallel   int      // operations at a time; at least 1
	// Done is called after each search, one call at a time.
	Done func(Result)
}

// Run explores the operations on the builds, and returns the results build by
// build, in order. A search that cannot be carried out ends all others.
func (p Plan) Run(ctx context.Context, progress func(string)) ([]Result, error) {
	named, err := BuildChild(ctx, Instrumented, p.Dir)
	if err != nil {
		return nil, err
	}
	var searches []Search
	for _, name := range p.Builds {
		s := p.Search
		s.Dir, s.Build = p.Dir, named
		if name != Instrumented {
			progress("building " + name)
			if s.Build, err = BuildChild(ctx, name, p.Dir); err != nil {
				return nil, err
			}
		}
		searches = append(searches, s)
	}
	return p.each(ctx, func(ctx context.Context, o Operation) (list []Result, err error) {
		names, err := Name(ctx, o, named, p.Dir)
		if err != nil {
			return nil, err
		}
		for _, s := range searches {
			s.Names = names
			r, err := s.Find(ctx, o)
			if err != nil {
				return nil, err
			}
			list = append(list, r)
		}
		return list, nil
	})
}

// each explores several operations at a time, on all builds.
func (p Plan) each(ctx context.Context, find func(context.Context, Operation) ([]Result, error)) ([]Result, error) {
	found := make([][]Result, len(p.Operations))
	searches, each := errgroup.WithContext(ctx)
	searches.SetLimit(max(p.Parallel, 1))
	var telling sync.Mutex
	for i, o := range p.Operations {
		searches.Go(func() (err error) {
			if found[i], err = find(each, o); err != nil || p.Done == nil {
				return err
			}
			telling.Lock()
			defer telling.Unlock()
			for _, r := range found[i] {
				p.Done(r)
			}
			return nil
		})
	}
	if err := searches.Wait(); err != nil {
		return nil, fmt.Errorf("explored: %w", err)
	}
	var all []Result
	for build := range p.Builds {
		for _, list := range found {
			all = append(all, list[build])
		}
	}
	return all, nil
}
