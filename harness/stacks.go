package harness

import (
	"context"
	"fmt"
	"os"

	"killpoint/harness/control"
	"killpoint/harness/internal/threads"
)

// Stacks asks the child what all its goroutines are doing. It answers whatever
// its operation does, unless it is stopped.
func (c *Child) Stacks(ctx context.Context) (string, error) {
	c.mu.Lock()
	n := c.asked
	c.asked++
	c.mu.Unlock()
	c.send(control.Command{Stacks: true})
	var text string
	err := c.await(ctx, "its stacks", func() (bool, error) {
		if len(c.stacks) <= n {
			return false, nil
		}
		text = c.stacks[n]
		return true, nil
	})
	return text, err
}

// Threads is what the kernel says of each thread: its state, and the system
// call in which it is, as /proc writes it. It needs no answer of the child; one
// that has ended has none.
func (c *Child) Threads() string {
	if _, ended := c.Exit(); ended {
		return ""
	}
	return threads.Of(c.pid)
}

// Observable tells whether FutexWaits can see the child's threads, which takes
// the right to trace one's own children. The error says what refuses it.
func (c *Child) Observable() error {
	if _, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", c.pid)); err != nil {
		return fmt.Errorf("the kernel does not show what a child waits for: %w", err)
	}
	return nil
}
