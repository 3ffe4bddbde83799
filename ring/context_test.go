package ring_test

import (
	"context"
	"time"
)

// hookContext runs a hook when a wait asks it something, so that a test can act
// at that very point of the wait.
type hookContext struct {
	context.Context
	onErr, onDone, onDeadline func()
}

func (c *hookContext) Err() error {
	err := c.Context.Err()
	run(c.onErr)
	return err
}

func (c *hookContext) Done() <-chan struct{} {
	run(c.onDone)
	return c.Context.Done()
}

func (c *hookContext) Deadline() (time.Time, bool) {
	run(c.onDeadline)
	return c.Context.Deadline()
}

func run(hook func()) {
	if hook != nil {
		hook()
	}
}

// once returns a hook that acts on its first call only.
func once(hook func()) func() {
	ran := false
	return func() {
		if !ran {
			ran = true
			hook()
		}
	}
}

// leaseContext counts the calls that a wait has asked it to make at its end
// and has not called off.
type leaseContext struct {
	context.Context
	taken, open int
}

func (c *leaseContext) Value(any) any { return nil } // hides the standard context inside

func (c *leaseContext) AfterFunc(func()) (stop func() bool) {
	c.taken++
	c.open++
	return func() bool {
		c.open--
		return true
	}
}
