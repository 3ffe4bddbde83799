package harness_test

import (
	"context"
	"errors"
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
