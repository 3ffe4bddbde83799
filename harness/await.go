package harness

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"syscall"
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
			last = c.howEnded()
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

// Ending says why a child has ended, for whoever wanted something else of it:
// ErrExited, unless somebody else has killed it (ErrDisturbed), or the machine
// lacked what its runtime needs (see Lack). It is nil while the child lives.
func (c *Child) Ending() error {
	if _, ended := c.Exit(); !ended {
		return nil
	}
	return c.howEnded()
}

func (c *Child) howEnded() error {
	if err := c.killedByOther(); err != nil {
		return err
	}
	output := c.Output()
	if errno := runtimeLacks(output); c.exit.Code == 2 && errno != 0 {
		return fmt.Errorf("child could not go on for want of something: %w%s", errno, indented(output))
	}
	return fmt.Errorf("%w with %s%s", ErrExited, c.exit, indented(output))
}

// lackingRuntime is what Go's runtime says when the kernel has refused it a
// thread or a descriptor, of which it dies. Memory is not among it: a program
// may run out of that by its own fault.
var lackingRuntime = regexp.MustCompile(`(?m)^runtime: (?:failed to create new OS thread \(have \d+ already; errno=|epollcreate failed with |eventfd failed with )(\d+)`)

func runtimeLacks(output string) syscall.Errno {
	if said := lackingRuntime.FindStringSubmatch(output); said != nil {
		n, _ := strconv.Atoi(said[1])
		return syscall.Errno(n)
	}
	return 0
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
