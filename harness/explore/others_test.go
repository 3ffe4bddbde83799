//go:build linux && amd64

package explore_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"killpoint/harness/explore"
)

// others are what threads other than the operation's did, in order.
func others(tr *explore.Trace) string {
	var all []string
	for _, s := range tr.States {
		text := string(s.Kind)
		switch {
		case !s.Other:
			continue
		case s.Syscall != nil:
			text += " " + s.Syscall.Name
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// TestOtherGoroutinesAreFollowed: what a goroutine does for the operation are
// states, a real death at each leaves its image, and both engines see the same.
func TestOtherGoroutinesAreFollowed(t *testing.T) {
	for op, want := range map[string]string{
		"flusher":     "enter openat, leave openat, enter write, leave write, enter close, leave close",
		"two-writers": "enter pwrite64, leave pwrite64, enter pwrite64, leave pwrite64",
		"other-maps":  "enter openat, leave openat, enter mmap, leave mmap, enter close, leave close, store",
	} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var traces []*explore.Trace
			for _, engine := range []explore.Engine{explore.Mprotect, explore.SingleStep} {
				p := probe{op: op}
				p.Engine = engine
				tr := p.must(t, dir, -1)
				if got := others(tr); got != want {
					t.Errorf("%s: the others' states are %s\nwant %s", engine, got, want)
				}
				if !tr.After.Equal(tr.Last().Image) {
					t.Errorf("%s: what is left is not what the last state has shown", engine)
				}
				for i := range tr.States {
					dead := p.must(t, dir, i)
					if !dead.After.Equal(tr.States[i].Image) {
						t.Errorf("%s: a death at state %d (%s) leaves another image; it came by %s, not by %s", engine, i, &tr.States[i], kinds(dead), kinds(tr))
					}
				}
				traces = append(traces, tr)
			}
			if a, b := kinds(traces[0]), kinds(traces[1]); a != b {
				t.Errorf("the engines differ:\n%s\n%s", a, b)
			}
		})
	}
}

// TestAFlusherCanLeaveAnEmptyFile: the state that matters is among them.
func TestAFlusherCanLeaveAnEmptyFile(t *testing.T) {
	empty := false
	for _, s := range (probe{op: "flusher"}).must(t, t.TempDir(), -1).States {
		empty = empty || s.Image[0] != nil && len(s.Image[0]) == 0
	}
	if !empty {
		t.Error("no state has the file that was truncated and not yet written")
	}
}

// TestAProcessThatTheOperationStartsIsRefused at once, and is not left behind.
func TestAProcessThatTheOperationStartsIsRefused(t *testing.T) {
	for _, engine := range []explore.Engine{explore.Mprotect, explore.SingleStep, explore.Accesses} {
		p := probe{op: "starts-a-process"}
		p.Engine = engine
		if _, err := p.run(t, t.TempDir(), -1); !errors.Is(err, explore.ErrCannot) || !strings.Contains(err.Error(), "another program") {
			t.Errorf("%s: the error is %v, want ErrCannot", engine, err)
		}
	}
}

// TestASIGKILLOfSomebodyElseDecidesNothing: it is told apart from the victim's
// own end.
func TestASIGKILLOfSomebodyElseDecidesNothing(t *testing.T) {
	for _, engine := range []explore.Engine{explore.Mprotect, explore.SingleStep} {
		p := probe{op: "is-killed"}
		p.Engine = engine
		_, err := p.run(t, t.TempDir(), -1)
		if !errors.Is(err, explore.ErrKilled) || errors.Is(err, explore.ErrEnded) {
			t.Errorf("%s: the error is %v, want ErrKilled", engine, err)
		}
	}
}

// TestAVictimThatCannotBeStartedIsAnError that names it.
func TestAVictimThatCannotBeStartedIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nosuch")
	_, err := explore.Run(context.Background(), explore.Config{Command: []string{path}, Files: []string{path + ".file"}})
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one that names %s", err, path)
	}
}

// stoppedEnv has this test binary explore, and stop itself at the first state.
const stoppedEnv = "EXPLORE_TEST_STOPPED"

// TestTheWatchdogDoesNotCountAStop: this process was stopped for longer than the
// watchdog's time, which says nothing about the victim.
func TestTheWatchdogDoesNotCountAStop(t *testing.T) {
	const limit = 3 * time.Second
	if path := os.Getenv(stoppedEnv); path != "" {
		p := probe{op: "stores"}
		p.Watchdog = limit
		p.OnStop = func(s *explore.State) explore.Action {
			if s.Kind == explore.Begin {
				syscall.Kill(os.Getpid(), syscall.SIGSTOP)
			}
			return explore.Continue
		}
		p.must(t, path, -1)
		return
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestTheWatchdogDoesNotCountAStop$")
	cmd.Env = append(os.Environ(), stoppedEnv+"="+t.TempDir())
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ws syscall.WaitStatus
	for !ws.Stopped() {
		if _, err := syscall.Wait4(cmd.Process.Pid, &ws, syscall.WUNTRACED, nil); err != nil || ws.Exited() || ws.Signaled() {
			t.Fatalf("it did not stop: %v, %v\n%s", ws, err, &output)
		}
	}
	time.Sleep(limit + limit/2) // what the watchdog must not count
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &output)
	}
}

// TestImagesAndTracesDiffer where they do: what compares them must be able to say
// no.
func TestImagesAndTracesDiffer(t *testing.T) {
	for name, pair := range map[string][2]explore.Image{
		"a byte":               {{[]byte("a")}, {[]byte("b")}},
		"no file and an empty": {{nil}, {[]byte{}}},
		"a length":             {{[]byte("a")}, {[]byte("ab")}},
		"a file more":          {{[]byte("a")}, {[]byte("a"), nil}},
	} {
		if pair[0].Equal(pair[1]) {
			t.Errorf("%s: equal", name)
		}
		if pair[0].Hash() == pair[1].Hash() {
			t.Errorf("%s: one hash", name)
		}
	}
	stores := probe{op: "stores"}.must(t, t.TempDir(), -1)
	for _, op := range []string{"wake", "exchange"} {
		if len(stores.Diff(probe{op: op}.must(t, t.TempDir(), -1))) == 0 {
			t.Errorf("the states of %q are those of stores", op)
		}
	}
	begin := &explore.Trace{States: stores.States[:1]}
	if n := len(stores.States) - 1; len(stores.Diff(begin)) != n || len(begin.Diff(stores)) != n {
		t.Errorf("of %d states %d and %d are missed in a trace that ends at its begin", n, len(stores.Diff(begin)), len(begin.Diff(stores)))
	}
	if d := stores.Diff(stores); len(d) > 0 {
		t.Errorf("a trace differs from itself: %q", d)
	}
}
