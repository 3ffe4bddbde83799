package harness

import (
	"bytes"
	"context"
	"fmt"
)

// change makes a change and wakes those who await one.
func (c *Child) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.changed)
	c.changed = make(chan struct{})
}

// await waits until check, called with the lock held, says it is done. A child
// that ends or breaks off first ends the wait with an error. Whatever ends the
// wait, check is asked once more: what has happened counts, not when it was
// noticed.
func (c *Child) await(ctx context.Context, what string, check func() (done bool, err error)) error {
	for {
		var last error // why this look is the last one
		select {
		case <-c.exited:
			if last = c.killedByOther(); last == nil {
				last = fmt.Errorf("%w with %s%s", ErrExited, c.exit, indented(c.Output()))
			}
		default:
			if ctx.Err() != nil {
				last = fmt.Errorf("%w (%v)", ErrDeadline, context.Cause(ctx))
			}
		}
		c.mu.Lock()
		done, err := check()
		changed, fatal := c.changed, c.fatal
		c.mu.Unlock()
		switch {
		case done || err != nil:
			return c.wrap(what, err)
		case fatal != "":
			return c.wrap(what, fmt.Errorf("%w: %s", ErrProtocol, fatal))
		case last != nil:
			return c.wrap(what, last)
		}
		select {
		case <-c.exited:
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (c *Child) wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s, waiting for %s: %w", c.name, what, err)
}

func indented(output string) string {
	if output == "" {
		return ""
	}
	return "; its output:\n\t" + string(bytes.ReplaceAll(bytes.TrimSpace([]byte(output)), []byte("\n"), []byte("\n\t")))
}
