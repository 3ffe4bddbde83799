package agent

import (
	"iter"
	"sync"

	"killpoint/harness/control"
)

// queue has the calls that are still to do. It takes any number: whoever reads
// commands must never wait for an operation, which may itself be waiting for the
// next command, a release.
type queue struct {
	mu     sync.Mutex
	change *sync.Cond
	calls  []control.Call
	closed bool
}

func newQueue() *queue {
	q := new(queue)
	q.change = sync.NewCond(&q.mu)
	return q
}

func (q *queue) put(c control.Call) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls = append(q.calls, c)
	q.change.Signal()
}

// close says that no more calls come.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.change.Signal()
}

// all waits for the calls, one after the other, until the queue is closed and
// empty.
func (q *queue) all() iter.Seq[control.Call] {
	return func(yield func(control.Call) bool) {
		for {
			q.mu.Lock()
			for len(q.calls) == 0 && !q.closed {
				q.change.Wait()
			}
			if len(q.calls) == 0 {
				q.mu.Unlock()
				return
			}
			c := q.calls[0]
			q.calls = q.calls[1:]
			q.mu.Unlock()
			if !yield(c) {
				return
			}
		}
	}
}
