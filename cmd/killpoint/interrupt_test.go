package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/report"
)

// TestInterruptedMatrixLeavesNothingRunning signals a run in its midst. It is
// red, whatever had passed by then, and everything that it had begun has ended.
func TestInterruptedMatrixLeavesNothingRunning(t *testing.T) {
	eachSignal(t, []string{"run", "--quiet", "--parallel", "8"}, "[", 1, func(t *testing.T, out, _ string) {
		if left, err := filepath.Glob(filepath.Join(out, "work-*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		m, err := report.Read(filepath.Join(out, "crash-matrix.json"))
		if _, _, unknown := m.Counts(); err != nil || unknown == 0 || m.Passed() || !m.Interrupted {
			t.Errorf("the report is %s, %v, want unknown cells", m.Summary(), err)
		}
	})
}

// TestInterruptedExploringShowsWhatWasDone and leaves no result that looks whole.
func TestInterruptedExploringShowsWhatWasDone(t *testing.T) {
	eachSignal(t, []string{"explore", "--build", "plain"}, "create", 2, func(t *testing.T, out, stdout string) {
		if !strings.Contains(stdout, "OPERATION") || !strings.Contains(stdout, "\ncreate ") {
			t.Errorf("it shows nothing of what was done: %q", stdout)
		}
		if left := entries(t, out); !slices.Equal(left, []string{"bin"}) {
			t.Errorf("left behind: %v", left)
		}
	})
}

// eachSignal interrupts a command in its midst, with each signal: it must end
// with that exit code, and nothing of it may run on. The rest is for the caller
// to look at.
func eachSignal(t *testing.T, args []string, progress string, code int, look func(t *testing.T, out, stdout string)) {
	t.Helper()
	for name, sig := range map[string]os.Signal{"SIGINT": unix.SIGINT, "SIGTERM": unix.SIGTERM, "SIGHUP": unix.SIGHUP, "SIGQUIT": unix.SIGQUIT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // its end is a failure
			defer cancel()
			out := outFolder(t)
			var stdout strings.Builder
			cmd := exec.CommandContext(ctx, killpoint, slices.Concat(args, []string{"--out", out})...)
			cmd.Stdout = &stdout
			rest := interrupted(t, cmd, progress, sig, func() { awaitRunning(ctx, t, out) })
			if left := runningFrom(t, out); len(left) > 0 {
				t.Errorf("still running: %v", left)
			}
			if got := cmd.ProcessState.ExitCode(); got != code {
				t.Errorf("exit %v, want code %d\n%s", cmd.ProcessState, code, rest)
			}
			look(t, out, stdout.String())
		})
	}
}

// interrupted starts a command, signals it once its progress has begun and the
// caller has seen to what it must be in the middle of, and waits for its end. It
// returns what the command says from then on, which ends with its last child.
func interrupted(t *testing.T, cmd *exec.Cmd, progress string, sig os.Signal, midst func()) string {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(stderr)
	for line := ""; !strings.HasPrefix(line, progress); {
		if line, err = said.ReadString('\n'); err != nil {
			t.Fatalf("no progress, but %q, %v", line, err)
		}
	}
	midst()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(said)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	return string(rest)
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

// awaitRunning waits until one is running.
func awaitRunning(ctx context.Context, t *testing.T, dir string) {
	t.Helper()
	for len(runningFrom(t, dir)) == 0 {
		if ctx.Err() != nil {
			t.Fatal("no child is ever running")
		}
	}
}

// awaitCell waits until the first cell has its folder.
func awaitCell(ctx context.Context, t *testing.T, out string) {
	t.Helper()
	for {
		cells, err := filepath.Glob(filepath.Join(out, "work-*", "cell-*"))
		switch {
		case err != nil:
			t.Fatal(err)
		case len(cells) > 0:
			return
		case ctx.Err() != nil:
			t.Fatal("no cell is ever begun")
		}
	}
}

// TestCtrlCIsTheShells as long as one is in front; SIGTERM ends both.
func TestCtrlCIsTheShells(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // its end is a failure
	defer cancel()
	out := outFolder(t)
	cmd := exec.CommandContext(ctx, killpoint, "repro", "--shell", "--out", out, oneCell)
	shell := filepath.Join(t.TempDir(), "shell")
	if err := os.WriteFile(shell, []byte("#!/bin/sh\ntrap '' TERM INT\necho there\nexec sleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "SHELL="+shell)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for said := bufio.NewScanner(r); said.Scan() && said.Text() != "there"; {
	}
	// Ctrl-C is the shell's own; SIGTERM is for killpoint, which kills the shell.
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGTERM} {
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 2 {
		t.Errorf("exit %v, want code 2", cmd.ProcessState)
	}
}

// TestSecondSignalEndsAtOnce: the first one is held up by output that nobody
// reads, the second one is not.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // its end is a failure
	defer cancel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	out := outFolder(t)
	cmd := exec.CommandContext(ctx, killpoint, "run", "--json", "--parallel", "4", "--out", out)
	cmd.Stdout = w
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	said := bufio.NewReader(stderr)
	awaitCell(ctx, t, out) // a command that is interrupted before that has nothing to print
	if err := cmd.Process.Signal(unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	for line := ""; !strings.Contains(line, "once more ends at once"); {
		if line, err = said.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(said); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %v, want code %d", cmd.ProcessState, exitInterrupted)
	}
	for len(runningFrom(t, out)) > 0 { // the kernel ends them with their parent
		if ctx.Err() != nil {
			t.Fatalf("still running: %v", runningFrom(t, out))
		}
	}
}

// TestOutputThatNobodyReads, as of run | head -2: what was found counts, is kept,
// and no folder is left.
func TestOutputThatNobodyReads(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		code int
	}{
		{"green", []string{"run", oneCell}, 0},
		{"green, for programs", []string{"run", "--json", oneCell}, 0},
		{"red", []string{"run", "--plant", "no-wake", "writer-after-data-signal/kill/poll-off"}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			out := outFolder(t)
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			defer w.Close()
			cmd := exec.Command(killpoint, append(row.args, "--out", out)...)
			cmd.Stdout, cmd.Stderr = w, w
			if err := cmd.Run(); cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != row.code {
				t.Errorf("exit %v, want code %d", cmd.ProcessState, row.code)
			}
			m, err := report.Read(filepath.Join(out, "crash-matrix.json"))
			if err != nil || len(m.Cells) != 1 || m.Passed() != (row.code == 0) {
				t.Errorf("the report is %s, %v", m.Summary(), err)
			}
			if left, err := filepath.Glob(filepath.Join(out, "work-*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestAListThatNobodyReads ends as any other program's does, and says nothing.
func TestAListThatNobodyReads(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	var stderr strings.Builder
	cmd := exec.Command(killpoint, "cells", "--json")
	cmd.Stdout, cmd.Stderr = w, &stderr
	cmd.Run()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != unix.SIGPIPE || stderr.Len() > 0 {
		t.Errorf("%v: %q", cmd.ProcessState, stderr.String())
	}
}

// TestNohup: a hangup that is ignored ends nothing.
func TestNohup(t *testing.T) {
	out := outFolder(t)
	cmd := exec.Command("/bin/sh", "-c", `trap '' HUP; exec "$0" run --plant no-wake --out "$1" 'writer-after-data-signal/*'`, killpoint, out)
	rest := interrupted(t, cmd, "[", unix.SIGHUP, func() {})
	m, err := report.Read(filepath.Join(out, "crash-matrix.json"))
	if err != nil || m.Interrupted || m.Passed() {
		t.Errorf("%s, %v: %s", m.Summary(), err, rest)
	}
}

// TestAnInterruptedCommandEnds, whatever it waits for.
func TestAnInterruptedCommandEnds(t *testing.T) {
	ended := make(chan int)
	endAnyway(time.Millisecond, func(code int) { ended <- code })
	if code := <-ended; code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
}
