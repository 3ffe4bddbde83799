package soak

import (
	"fmt"
	"time"

	"killpoint/harness"
)

// An end is one process of the two.
type end struct {
	Beginning
	child *harness.Child
	calls []*harness.Pending
	born  time.Time
}

// name is that in timelines.
func (b Beginning) name() string { return fmt.Sprintf("%s %d", b.Role, b.Number) }

// failed returns what the process has come to that it must not: an error, or an
// end. finishing tells whether it may have done its work.
func (e *end) failed(finishing bool) error {
	for i, p := range e.calls {
		reply, ok := p.Reply()
		switch {
		case !ok:
		case reply.Error != "":
			failed := &harness.CallError{Child: e.name(), Op: reply.Op, Text: reply.Error, Errno: reply.Errno}
			if _, lacks := failed.Lack(); lacks {
				return failed
			}
			return certain("%s: %s: %s", e.name(), reply.Op, reply.Error)
		case i == len(e.calls)-1 && !finishing:
			return certain("%s: %s has ended by itself", e.name(), reply.Op)
		}
	}
	return nil
}

// done tells whether all calls have been answered.
func (e *end) done() bool {
	_, ok := e.calls[len(e.calls)-1].Reply()
	return ok
}

// gone returns an error if the process has ended, which nobody wanted.
func (e *end) gone() error {
	if err := e.child.Ending(); err != nil {
		return fmt.Errorf("%s has ended by itself: %w", e.name(), err)
	}
	return nil
}

// sleeps are the waits of the process on words of the file, as the kernel has them.
func (e *end) sleeps(path string) ([]harness.FutexWait, error) { return e.child.FutexWaits(path) }
