package harness_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"killpoint/harness"
	"killpoint/harness/control"
)

func TestVictimDiesAsItIsArmedTo(t *testing.T) {
	for action, want := range map[control.Action]harness.Exit{
		control.Park:     {Code: -1, Signal: syscall.SIGKILL},
		control.SelfKill: {Code: -1, Signal: syscall.SIGKILL},
		control.Panic:    {Code: 2},
	} {
		t.Run(string(action), func(t *testing.T) {
			path, at := file(t), arm("after-write", 1, action)
			c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
			c.Go("save", save{path, "new"})
			hit, exit, err := c.Die(patient(t), at)
			if err != nil || hit.Arm != at || exit != want {
				t.Errorf("stood at %v, %v, error %v; want %v", hit.Arm, exit, err, want)
			}
			if got := content(t, path); got != "old" {
				t.Errorf("file holds %q, want \"old\"", got)
			}
		})
	}
}

// TestOtherDeathsAreErrors: what is not the death asked for proves nothing.
func TestOtherDeathsAreErrors(t *testing.T) {
	at := arm("after-write", 1, control.Park)
	t.Run("never reached", func(t *testing.T) {
		c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
		c.Go("load", save{file(t), ""})
		if _, _, err := c.Die(patient(t), at); !errors.Is(err, harness.ErrNeverReached) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("killed by another", func(t *testing.T) {
		c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
		c.Go("save", save{file(t), "new"})
		if _, err := c.WaitHit(patient(t), at); err != nil {
			t.Fatal(err)
		}
		if err := c.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if _, err := c.WaitExit(patient(t)); err != nil {
			t.Fatal(err)
		}
		if _, exit, err := c.Die(patient(t), at); !errors.Is(err, harness.ErrEnding) || exit.Signal != syscall.SIGTERM {
			t.Errorf("%v, error %v", exit, err)
		}
	})
	t.Run("does not die", func(t *testing.T) {
		stop := arm("after-write", 1, control.Stop)
		c := start(t, saver, harness.Config{Arms: []control.Arm{stop}})
		c.Go("save", save{file(t), "new"})
		if _, _, err := c.Die(patient(t), stop); err == nil {
			t.Error("a stop is a death")
		}
	})
	t.Run("too late", func(t *testing.T) {
		c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if _, _, err := c.Die(over, at); !errors.Is(err, harness.ErrDeadline) {
			t.Errorf("error %v", err)
		}
	})
}

// TestOnlyThePanicAskedForIsADeath: exit code 2 may come from anybody.
func TestOnlyThePanicAskedForIsADeath(t *testing.T) {
	for _, then := range []string{"exit", "panic"} {
		t.Run(then, func(t *testing.T) {
			at := arm("after-write", 1, control.Panic)
			c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
			c.Go("save", saveThen{file(t), "new", then})
			if _, exit, err := c.Die(patient(t), at); !errors.Is(err, harness.ErrEnding) || exit.Code != 2 {
				t.Errorf("%v, error %v, want ErrEnding: its output was\n%s", exit, err, c.Output())
			}
		})
	}
}

// TestAnotherHitIsNotTheOneAskedFor: nor the same with another action.
func TestAnotherHitIsNotTheOneAskedFor(t *testing.T) {
	first, second := arm("after-write", 1, control.Park), arm("after-write", 2, control.Park)
	c := start(t, saver, harness.Config{Arms: []control.Arm{first, second}})
	c.Go("save", save{file(t), "new"})
	c.Go("save", save{file(t), "new"})
	if hit, err := c.WaitHit(patient(t), first); err != nil || hit.Hit != 1 {
		t.Fatalf("hit %v, error %v", hit, err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for _, other := range []control.Arm{second, arm("after-write", 1, control.SelfKill), arm("after-rename", 1, control.Park)} {
		if hit, err := c.WaitHit(over, other); !errors.Is(err, harness.ErrDeadline) {
			t.Errorf("waited for %v: stands at %v, error %v", other, hit.Arm, err)
		}
	}
	c.Release()
	if hit, err := c.WaitHit(patient(t), second); err != nil || hit.Hit != 2 {
		t.Errorf("hit %v, error %v", hit, err)
	}
}

// TestSiteMayBePassedAfterTheCalls by a goroutine that they have left behind, or
// by the end of the role.
func TestSiteMayBePassedAfterTheCalls(t *testing.T) {
	later := control.Arm{Site: "after-write", Hit: 1, Action: control.Park, Later: true}
	t.Run("in the background", func(t *testing.T) {
		path := file(t)
		c := start(t, saver, harness.Config{Arms: []control.Arm{later}})
		if err := c.Call(patient(t), "save-later", save{path, "new"}, nil); err != nil {
			t.Fatal(err)
		}
		// All calls are answered, and nobody is at the site: that decides nothing.
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := c.WaitHit(over, later); !errors.Is(err, harness.ErrDeadline) {
			t.Errorf("error %v, want ErrDeadline", err)
		}
		if err := os.WriteFile(path+".go", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, exit, err := c.Die(patient(t), later); err != nil || !exit.Killed() {
			t.Errorf("%v, error %v", exit, err)
		}
	})
	t.Run("at the end of the role", func(t *testing.T) {
		at := arm("after-write", 1, control.SelfKill)
		c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
		if err := c.Call(patient(t), "save-at-end", save{file(t), "new"}, nil); err != nil {
			t.Fatal(err)
		}
		c.HangUp()
		if _, exit, err := c.Die(patient(t), at); err != nil || !exit.Killed() {
			t.Errorf("%v, error %v", exit, err)
		}
	})
	t.Run("never", func(t *testing.T) {
		c := start(t, saver, harness.Config{Arms: []control.Arm{later}})
		if err := c.Call(patient(t), "load", save{file(t), ""}, nil); err != nil {
			t.Fatal(err)
		}
		c.HangUp()
		if _, err := c.WaitHit(patient(t), later); !errors.Is(err, harness.ErrNeverReached) {
			t.Errorf("error %v, want ErrNeverReached", err)
		}
	})
}

// TestCallThatFailedIsSaidWhereNobodyArrives: it is why.
func TestCallThatFailedIsSaidWhereNobodyArrives(t *testing.T) {
	at := arm("after-write", 1, control.Park)
	path := file(t)
	if err := os.Symlink("/dev/full", path+".new"); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name  string
		args  save
		errno syscall.Errno
		never bool
	}{
		{"for want of space", save{path, "new"}, syscall.ENOSPC, false},
		{"for another reason", save{filepath.Join(path, "below", "a", "file"), "new"}, 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
			c.Go("load", save{path, ""})
			c.Go("save", row.args)
			_, _, err := c.Die(patient(t), at)
			var failed *harness.CallError
			if !errors.As(err, &failed) || failed.Op != "save" || !strings.Contains(err.Error(), row.args.Path) {
				t.Errorf("error %v, want that of the call", err)
			}
			if errno, lacks := harness.Lack(err); errno != row.errno || lacks == row.never || errors.Is(err, harness.ErrNeverReached) != row.never {
				t.Errorf("error %v: lacks %v", err, errno)
			}
		})
	}
}

// TestEndOfTheRoleThatFailsIsSaid where a site in it is not reached.
func TestEndOfTheRoleThatFailsIsSaid(t *testing.T) {
	at := arm("after-write", 1, control.Park)
	path := file(t)
	if err := os.Symlink("/dev/full", path+".new"); err != nil {
		t.Fatal(err)
	}
	c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
	if err := c.Call(patient(t), "save-at-end", save{path, "new"}, nil); err != nil {
		t.Fatal(err)
	}
	c.HangUp()
	_, err := c.WaitHit(patient(t), at)
	if errno, lacks := harness.Lack(err); !lacks || errno != syscall.ENOSPC || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want ENOSPC with the path", err)
	}
}
