package harness_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
)

// stranger sends a signal as anybody else may: not through the harness.
func stranger(t *testing.T, c *harness.Child, sig syscall.Signal) {
	t.Helper()
	if err := unix.Kill(c.PID(), sig); err != nil {
		t.Fatal(err)
	}
}

func TestSomebodyElsesKillIsNoDeathOfTheChilds(t *testing.T) {
	at := arm("after-write", 1, control.Park)
	held := control.Arm{Site: "after-write", Hit: 1, Action: control.SelfKill, Hold: true}
	parked := func(t *testing.T, at control.Arm) *harness.Child {
		c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
		c.Go("save", save{file(t), "new"})
		if _, err := c.WaitHit(patient(t), at); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, row := range []struct {
		name string
		do   func(t *testing.T) (*harness.Child, error)
	}{
		{"before its handshake is asked for", func(t *testing.T) (*harness.Child, error) {
			c := start(t, sleeper, harness.Config{Role: "sleeper"})
			stranger(t, c, unix.SIGKILL)
			// It may have said hello; it never answers.
			return c, c.Call(patient(t), "burn", 1<<62, nil)
		}},
		{"in a call", func(t *testing.T) (*harness.Child, error) {
			path := pages(t, 1)
			c := mapped(t, path, 1)
			p := c.Go("sleep", wordOf{})
			asleep(t, c, path, 0)
			stranger(t, c, unix.SIGKILL)
			return c, p.Wait(patient(t), nil)
		}},
		{"before its site", func(t *testing.T) (*harness.Child, error) {
			c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
			stranger(t, c, unix.SIGKILL)
			_, _, err := c.Die(patient(t), at)
			return c, err
		}},
		{"parked", func(t *testing.T) (*harness.Child, error) {
			c := parked(t, at)
			stranger(t, c, unix.SIGKILL)
			<-c.Exited()
			_, _, err := c.Die(patient(t), at)
			return c, err
		}},
		{"parked, just before the harness", func(t *testing.T) (*harness.Child, error) {
			c := parked(t, at)
			stranger(t, c, unix.SIGKILL)
			_, err := c.Kill()
			return c, err
		}},
		{"parked before it kills itself", func(t *testing.T) (*harness.Child, error) {
			c := parked(t, held)
			stranger(t, c, unix.SIGKILL)
			_, _, err := c.Die(patient(t), held)
			return c, err
		}},
		{"parked, and released too late", func(t *testing.T) (*harness.Child, error) {
			c := parked(t, held)
			stranger(t, c, unix.SIGKILL)
			c.Release()
			_, _, err := c.Die(patient(t), held)
			return c, err
		}},
		{"at its end", func(t *testing.T) (*harness.Child, error) {
			c := parked(t, at)
			stranger(t, c, unix.SIGKILL)
			_, err := c.Finish(patient(t))
			return c, err
		}},
		{"one thread of it, before it kills itself", func(t *testing.T) (*harness.Child, error) {
			c := parked(t, held)
			if err := unix.Tgkill(c.PID(), c.PID(), unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			_, _, err := c.Die(patient(t), held)
			return c, err
		}},
		{"one thread of it", func(t *testing.T) (*harness.Child, error) {
			c := parked(t, at)
			if err := unix.Tgkill(c.PID(), c.PID(), unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			<-c.Exited()
			_, err := c.Kill()
			return c, err
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, err := row.do(t)
			if !errors.Is(err, harness.ErrDisturbed) || errors.Is(err, harness.ErrExited) || errors.Is(err, harness.ErrEnding) {
				t.Errorf("error %v, want ErrDisturbed alone", err)
			}
			if err := c.Disturbed(); !errors.Is(err, harness.ErrDisturbed) || !strings.Contains(err.Error(), "ended by") {
				t.Errorf("Disturbed says %v", err)
			}
			if exit, ok := c.Exit(); !ok || !exit.Killed() {
				t.Errorf("exit %v, %v", exit, ok)
			}
		})
	}
}

// TestWhatTheHarnessSendsDisturbsNobody: nor what a child sends itself because
// it is armed to.
func TestWhatTheHarnessSendsDisturbsNobody(t *testing.T) {
	for _, row := range []struct {
		name string
		arm  control.Arm
		do   func(t *testing.T, c *harness.Child, at control.Arm)
		by   string // in the timeline
	}{
		{"kill", arm("after-write", 1, control.Park), func(t *testing.T, c *harness.Child, at control.Arm) {
			if _, _, err := c.Die(patient(t), at); err != nil {
				t.Error(err)
			}
		}, "sent by the harness"},
		{"selfkill", arm("after-write", 1, control.SelfKill), func(t *testing.T, c *harness.Child, at control.Arm) {
			if _, _, err := c.Die(patient(t), at); err != nil {
				t.Error(err)
			}
		}, "ended: signal SIGKILL, its own"},
		{"selfkill after a release", control.Arm{Site: "after-write", Hit: 1, Action: control.SelfKill, Hold: true}, func(t *testing.T, c *harness.Child, at control.Arm) {
			c.Release()
			if _, _, err := c.Die(patient(t), at); err != nil {
				t.Error(err)
			}
		}, "ended: signal SIGKILL, its own"},
		{"stop and continue", arm("after-write", 1, control.Stop), func(t *testing.T, c *harness.Child, at control.Arm) {
			if err := c.WaitStopped(patient(t)); err != nil {
				t.Error(err)
			}
			for range 3 {
				if err := c.Continue(patient(t)); err != nil {
					t.Error(err)
				}
				if err := c.Stop(patient(t)); err != nil {
					t.Error(err)
				}
			}
		}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var line harness.Timeline
			c := start(t, saver, harness.Config{Arms: []control.Arm{row.arm}, Timeline: &line})
			c.Go("save", save{file(t), "new"})
			row.do(t, c, row.arm)
			if err := c.Disturbed(); err != nil {
				t.Errorf("%v:\n%s", err, &line)
			}
			if !strings.Contains(line.String(), row.by) {
				t.Errorf("not in the timeline: %q:\n%s", row.by, &line)
			}
		})
	}
}

func TestSomebodyElsesStopIsSeen(t *testing.T) {
	for _, row := range []struct {
		name string
		arm  control.Action
		do   func(t *testing.T, c *harness.Child)
		want string
	}{
		{"stopped", control.Park, func(t *testing.T, c *harness.Child) {
			stranger(t, c, unix.SIGSTOP)
			if err := c.WaitStopped(patient(t)); err != nil {
				t.Fatal(err)
			}
		}, "stopped by SIGSTOP"},
		{"stopped by a terminal", control.Park, func(t *testing.T, c *harness.Child) {
			stranger(t, c, unix.SIGTTOU)
			if err := c.WaitStopped(patient(t)); err != nil {
				t.Fatal(err)
			}
		}, "stopped by SIGTTOU"},
		{"stopped once more", control.Stop, func(t *testing.T, c *harness.Child) {
			if err := c.WaitStopped(patient(t)); err != nil {
				t.Fatal(err)
			}
			if err := c.Continue(patient(t)); err != nil {
				t.Fatal(err)
			}
			stranger(t, c, unix.SIGSTOP)
			if err := c.WaitStopped(patient(t)); err != nil {
				t.Fatal(err)
			}
		}, "stopped by SIGSTOP"},
		{"stopped after a stop too many", control.Park, func(t *testing.T, c *harness.Child) {
			for range 2 { // the second one stops nobody
				if err := c.Stop(patient(t)); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Continue(patient(t)); err != nil {
				t.Fatal(err)
			}
			stranger(t, c, unix.SIGSTOP)
			if err := c.WaitStopped(patient(t)); err != nil {
				t.Fatal(err)
			}
		}, "stopped by SIGSTOP"},
		{"continued", control.Stop, func(t *testing.T, c *harness.Child) {
			if err := c.WaitStopped(patient(t)); err != nil {
				t.Fatal(err)
			}
			stranger(t, c, unix.SIGCONT)
			if _, err := c.Finish(patient(t)); err != nil {
				t.Fatal(err)
			}
		}, "continued"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			at := arm("after-write", 1, row.arm)
			c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
			c.Go("save", save{file(t), "new"})
			if _, err := c.WaitHit(patient(t), at); err != nil {
				t.Fatal(err)
			}
			row.do(t, c)
			if err := c.Disturbed(); !errors.Is(err, harness.ErrDisturbed) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Disturbed says %v, want %q", err, row.want)
			}
		})
	}
}

func TestSignalThatInterruptsASleepIsSeen(t *testing.T) {
	path := pages(t, 1)
	c, waker := mapped(t, path, 1), mapped(t, path, 1)
	p := c.Go("sleep", wordOf{})
	asleep(t, c, path, 0)
	if err := c.Disturbed(); err != nil {
		t.Fatal(err)
	}
	stranger(t, c, unix.SIGWINCH)
	if err := waker.Call(patient(t), "wake", wordOf{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(patient(t), nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Disturbed(); !errors.Is(err, harness.ErrDisturbed) || !strings.Contains(err.Error(), "interrupted by SIGWINCH") {
		t.Errorf("Disturbed says %v", err)
	}
	if err := waker.Disturbed(); err != nil {
		t.Error(err)
	}
}

// TestLackOfTheMachineIsTold of a call that fails in the child, and of a start.
func TestLackOfTheMachineIsTold(t *testing.T) {
	path := file(t)
	if err := os.Symlink("/dev/full", path+".new"); err != nil {
		t.Fatal(err)
	}
	c := start(t, saver, harness.Config{})
	err := c.Call(patient(t), "save", save{path, "new"}, nil)
	var failed *harness.CallError
	if !errors.As(err, &failed) || failed.Errno != "ENOSPC" || !strings.Contains(err.Error(), "write "+path+".new") {
		t.Errorf("error %v, want ENOSPC with the call and the path", err)
	}
	if errno, ok := failed.Lack(); !ok || errno != unix.ENOSPC {
		t.Errorf("lacks %v, %v", errno, ok)
	}
	if errno, ok := harness.Lack(err); !ok || errno != unix.ENOSPC {
		t.Errorf("lacks %v, %v", errno, ok)
	}
	// A file that is not there is none.
	err = c.Call(patient(t), "load", save{Path: path + "none"}, nil)
	if !errors.As(err, &failed) || failed.Errno != "ENOENT" {
		t.Errorf("error %v, want ENOENT", err)
	}
	if errno, ok := failed.Lack(); ok {
		t.Errorf("lacks %v", errno)
	}
}

// TestAStopOfAProcessThatHasDiedIsNoNews: it may die between the look at its stop
// and the taking of it, which is no sign of somebody else who waits for it.
func TestAStopOfAProcessThatHasDiedIsNoNews(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if what, _, err := harness.TakeStop(cmd.Process.Pid); what != 0 || err != nil {
		t.Errorf("what has happened is %d, %v, want nothing", what, err)
	}
}

// TestAStopMayMeetADeath: the process dies as soon as the kernel shows it
// stopped. That it dies between the harness's look and the taking of the news is
// too rare to be met here: see the test above.
func TestAStopMayMeetADeath(t *testing.T) {
	for range 50 {
		c := start(t, saver, harness.Config{Name: "victim", Role: "saver"})
		stranger(t, c, unix.SIGSTOP)
		for stat := ""; !strings.Contains(stat, ") T "); {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.PID()))
			if err != nil {
				t.Fatal(err)
			}
			stat = string(text)
		}
		stranger(t, c, unix.SIGKILL)
		<-c.Exited()
		if exit, _ := c.Exit(); !exit.Killed() {
			t.Fatalf("it has ended with %v", exit)
		}
		if err := c.Disturbed(); !errors.Is(err, harness.ErrDisturbed) {
			t.Fatalf("Disturbed says %v", err)
		}
		c.Close()
	}
}
