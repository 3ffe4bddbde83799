// Package threads says what the kernel tells of the threads of a process, for
// evidence. It asks /proc alone: the process need not answer, nor be stopped.
package threads

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Of is the state of each thread and the system call in which it is, as /proc
// writes it; empty if there is no such process. A line that the kernel keeps to
// itself is left out.
func Of(pid int) string {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
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
