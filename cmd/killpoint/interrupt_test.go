package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/report"
)

// TestInterruptedMatrixLeavesNothingRunning signals a run in its midst. It is
// red, whatever had passed by then, and everything that it had begun has ended.
func TestInterruptedMatrixLeavesNothingRunning(t *testing.T) {
	for _, row := range []struct {
		name string
		sig  os.Signal
	}{{"SIGINT", unix.SIGINT}, {"SIGTERM", unix.SIGTERM}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // its end is a failure
			defer cancel()
			out := outFolder(t)
			cmd := exec.CommandContext(ctx, killpoint, "run", "--quiet", "--parallel", "8", "--out", out)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			said := bufio.NewReader(stderr)
			first, err := said.ReadString('\n')
			if err != nil || !strings.HasPrefix(first, "[") {
				t.Fatalf("no progress, but %q, %v", first, err)
			}
			for len(runningFrom(t, out)) == 0 {
				if ctx.Err() != nil {
					t.Fatal("no child is ever running")
				}
			}
			if err := cmd.Process.Signal(row.sig); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(said)
			if err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			if left := runningFrom(t, out); len(left) > 0 {
				t.Errorf("still running: %v", left)
			}
			if code := cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit %v, want code 1\n%s", cmd.ProcessState, rest)
			}
			if left, err := filepath.Glob(filepath.Join(out, "work-*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			m, err := report.Read(filepath.Join(out, "crash-matrix.json"))
			if _, _, unknown := m.Counts(); err != nil || unknown == 0 || m.Passed() || !m.Interrupted {
				t.Errorf("the report is %s, %v, want unknown cells", m.Summary(), err)
			}
		})
	}
}

// runningFrom lists the processes whose program lies below a folder.
func runningFrom(t *testing.T, dir string) (found []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil || len(links) == 0 {
		t.Fatalf("no process in /proc: %v", err)
	}
	for _, link := range links {
		if program, err := os.Readlink(link); err == nil && strings.HasPrefix(program, dir+"/") {
			found = append(found, link+" "+program)
		}
	}
	return found
}
