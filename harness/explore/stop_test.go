//go:build linux && amd64

package explore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/explore"
)

// TestKillAtEveryState: what a real death leaves is the image of its state.
func TestKillAtEveryState(t *testing.T) {
	for _, p := range []probe{
		{op: "wake"}, {op: "copy-256"}, {op: "create", absent: true}, {op: "replace"}, {op: "write"}, {op: "wait"}, {op: "read-into"},
	} {
		for _, engine := range []explore.Engine{explore.Mprotect, explore.SingleStep} {
			t.Run(p.op+" "+string(engine), func(t *testing.T) {
				t.Parallel()
				p, dir := p, t.TempDir() // the other engine's run has its own
				want := p.must(t, dir, -1)
				p.Engine = engine
				for i := range want.States {
					got := p.must(t, dir, i)
					if got.Ending != explore.Killed || len(got.States) != i+1 {
						t.Errorf("state %d: %s at state %d", i, got.Ending, got.Last().Ordinal)
					}
					if !got.After.Equal(want.States[i].Image) {
						t.Errorf("state %d: death has left another image", i)
					}
				}
			})
		}
	}
	p := probe{op: "wake"}
	if _, err := p.run(t, t.TempDir(), 100); !errors.Is(err, explore.ErrNoState) {
		t.Errorf("killed at a state that there is not: %v", err)
	}
}

// TestDetachAtEveryState: a victim that is let go does the rest by itself.
func TestDetachAtEveryState(t *testing.T) {
	for _, p := range []probe{{op: "wake"}, {op: "create", absent: true}, {op: "replace"}, {op: "read-into"}, {op: "rep"}, {op: "marks"}} {
		for _, engine := range []explore.Engine{explore.Mprotect, explore.SingleStep} {
			t.Run(p.op+" "+string(engine), func(t *testing.T) {
				t.Parallel()
				p, dir := p, t.TempDir() // the other engine's run has its own
				want := p.must(t, dir, -1)
				p.Engine = engine
				for i := range want.States {
					p.OnStop = func(s *explore.State) explore.Action {
						if s.Ordinal == i {
							return explore.Detach
						}
						return explore.Continue
					}
					got := p.must(t, dir, -1)
					if got.Ending != explore.Detached || !got.After.Equal(want.After) {
						t.Errorf("state %d: %s, and the end is another one", i, got.Ending)
					}
				}
			})
		}
	}
}

// TestSleeperIsSeenAsleep: with nobody to wake it, a run ends there.
func TestSleeperIsSeenAsleep(t *testing.T) {
	for _, engine := range []explore.Engine{explore.Mprotect, explore.SingleStep} {
		p := probe{op: "wait"}
		p.Engine = engine
		tr := p.must(t, t.TempDir(), -1)
		if tr.Ending != explore.Sleeping || kinds(tr) != "begin, enter futex, asleep futex" {
			t.Errorf("%s: %s", tr.Ending, kinds(tr))
		}
	}
}

// TestPeerActsAtAStop: what a peer does while the victim is stopped, or asleep,
// is what the victim then finds.
func TestPeerActsAtAStop(t *testing.T) {
	for _, engine := range []explore.Engine{explore.Mprotect, explore.SingleStep} {
		for _, row := range []struct {
			at   explore.Kind
			want string
		}{
			{explore.Begin, "begin, store, end"}, // the victim resets the word: it is no news that it is 0 then
			{explore.Enter, "begin, enter futex, leave futex, store, end"},
			{explore.Asleep, "begin, enter futex, asleep futex, leave futex, store, end"},
		} {
			t.Run(string(row.at)+" "+string(engine), func(t *testing.T) {
				dir := t.TempDir()
				mem := func() []byte {
					f, err := os.OpenFile(filepath.Join(dir, "file"), os.O_RDWR, 0)
					if err != nil {
						t.Fatal(err)
					}
					defer f.Close()
					mem, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
					if err != nil {
						t.Fatal(err)
					}
					return mem
				}
				p := probe{op: "wait"}
				p.Engine = engine
				p.OnStop = func(s *explore.State) explore.Action {
					if s.Kind == row.at {
						m := mem()
						m[128] = 5
						wakeWord(m, 128)
						unix.Munmap(m)
					}
					if row.at == explore.Begin && s.Kind == explore.Enter {
						return explore.Kill
					}
					return explore.Continue
				}
				tr := p.must(t, dir, -1)
				for _, s := range tr.States {
					if s.Hash != s.Image.Hash() {
						t.Errorf("the hash is not that of the image: %v", &s)
					}
				}
				if row.at == explore.Begin {
					// The reset is now a change of the image.
					if got := kinds(tr); got != "begin, store, enter futex" || word(tr.States[1].Image) != 0 {
						t.Errorf("states are %s", got)
					}
					return
				}
				if got := kinds(tr); got != row.want {
					t.Errorf("states are %s, want %s", got, row.want)
				}
				if got := word(tr.After); got != 6 {
					t.Errorf("the word is %d in the end, want 6", got)
				}
			})
		}
	}
}

// TestOtherThreadsAct: an operation that sleeps until another thread of its own
// process acts goes on, and what that one stores are states.
func TestOtherThreadsAct(t *testing.T) {
	for _, engine := range []explore.Engine{explore.Mprotect, explore.SingleStep} {
		for range 5 {
			p := probe{op: "wait-for-own"}
			p.Engine = engine
			p.OnStop = func(*explore.State) explore.Action { return explore.Continue }
			tr := p.must(t, t.TempDir(), -1)
			others := 0
			for _, s := range tr.States {
				if s.Other && s.Kind == explore.Store && word(s.Image) == 5 {
					others++
				}
			}
			if others != 1 || word(tr.After) != 6 || tr.Ending != explore.Finished {
				t.Errorf("%s: %s, %d states of the other thread, the word is %d in the end", engine, kinds(tr), others, word(tr.After))
			}
		}
	}
}

// TestBadVictims: what goes wrong is told apart, says why, and leaves nothing.
func TestBadVictims(t *testing.T) {
	quick := explore.Config{Watchdog: 3 * time.Second} // long enough to start a process on a busy machine
	few := explore.Config{MaxSteps: 500}
	fewSmall := explore.Config{MaxSteps: 500, Engine: explore.SingleStep}
	for _, row := range []struct {
		name string
		probe
		want error
		text string
	}{
		{"spins without a store", probe{op: "spin", Config: quick}, explore.ErrWatchdog, "at state 0, its threads then:\nthread "},
		{"spins", probe{op: "spin", Config: fewSmall}, explore.ErrSteps, "500"},
		{"stores for ever", probe{op: "store-for-ever", Config: few}, explore.ErrSteps, "500"},
		{"stores for ever, step by step", probe{op: "store-for-ever", Config: fewSmall}, explore.ErrSteps, "500"},
		{"has no operation", probe{op: "no-operation"}, explore.ErrNoMark, "exit code 0"},
		{"exits before", probe{op: "exit-before"}, explore.ErrNoMark, "cannot"},
		{"hangs before", probe{op: "hang-before", Config: quick}, explore.ErrNoMark, "watchdog"},
		{"knows no such operation", probe{op: "nonsense"}, explore.ErrNoMark, "exit code 64"},
		{"crashes", probe{op: "crash"}, explore.ErrEnded, "nil pointer"},
		{"exits within", probe{op: "exit-within"}, explore.ErrEnded, "exit code 4"},
		{"fails after", probe{op: "fail-after"}, explore.ErrEnded, "exit code 5"},
		{"runs elsewhere", probe{op: "other-thread"}, explore.ErrCannot, "main goroutine"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := row.run(t, t.TempDir(), -1)
			if !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.text) {
				t.Errorf("the error is %v, want %v with %q", err, row.want, row.text)
			}
		})
	}
}

// TestCallerEndsTheRun: by its context, by a panic, by the end of its goroutine.
func TestCallerEndsTheRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := explore.Config{Command: []string{plain, "spin", path}, Files: []string{path}}
	ctx, cancel := context.WithCancel(context.Background())
	cfg.OnStop = func(*explore.State) explore.Action { cancel(); return explore.Continue }
	tr, err := explore.Run(ctx, cfg)
	gone(t, tr)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}

	cfg.OnStop = func(*explore.State) explore.Action { runtime.Goexit(); return explore.Continue }
	if _, err := explore.Run(context.Background(), cfg); err == nil {
		t.Error("the goroutine ended: no error")
	}

	cfg.OnStop = func(*explore.State) explore.Action { panic("of the caller") }
	defer func() {
		if r := recover(); r != "of the caller" {
			t.Errorf("the panic became %v", r)
		}
	}()
	explore.Run(context.Background(), cfg)
	t.Error("the panic is lost")
}
