package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"killpoint/harness/control"
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
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", c.pid))
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, task := range tasks {
		fmt.Fprintf(&b, "thread %s\n", filepath.Base(task))
		for _, name := range []string{"wchan", "syscall", "stack"} {
			if text, err := os.ReadFile(filepath.Join(task, name)); err == nil {
				fmt.Fprintf(&b, "  %s: %s\n", name, strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n    "))
			}
		}
		if text, err := os.ReadFile(filepath.Join(task, "status")); err == nil {
			for line := range strings.Lines(string(text)) {
				if strings.HasPrefix(line, "State:") {
					fmt.Fprintf(&b, "  %s\n", strings.Join(strings.Fields(line), " "))
				}
			}
		}
	}
	return b.String()
}

// Observable tells whether FutexWaits can see the child's threads, which takes
// the right to trace one's own children. The error says what refuses it.
func (c *Child) Observable() error {
	if _, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", c.pid)); err != nil {
		return fmt.Errorf("the kernel does not show what a child waits for: %w", err)
	}
	return nil
}
