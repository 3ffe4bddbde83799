package harness_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"killpoint/harness"
	"killpoint/harness/control"
)

func TestParkedVictimIsKilledAtItsSite(t *testing.T) {
	for site, want := range map[string]string{"before-write": "old", "after-write": "old", "after-rename": "new"} {
		t.Run(site, func(t *testing.T) {
			path, at := file(t), arm(site, 1, control.Park)
			c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
			c.Go("save", save{path, "new"})
			hit, err := c.WaitHit(patient(t), at)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(hit.Holding); got != `"new"` {
				t.Errorf("holding %s, want \"new\"", got)
			}
			exit, err := c.Kill()
			if err != nil || !exit.Killed() {
				t.Fatalf("exit %v, error %v, want SIGKILL", exit, err)
			}
			if got := content(t, path); got != want {
				t.Errorf("file holds %q, want %q", got, want)
			}
		})
	}
}

func TestVictimKillsItself(t *testing.T) {
	path, at := file(t), arm("after-write", 1, control.SelfKill)
	c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
	c.Go("save", save{path, "new"})
	if _, err := c.WaitHit(patient(t), at); err != nil {
		t.Fatal(err)
	}
	exit, err := c.WaitExit(patient(t))
	if err != nil || !exit.Killed() {
		t.Fatalf("exit %v, error %v, want SIGKILL", exit, err)
	}
	if got := content(t, path); got != "old" {
		t.Errorf("file holds %q, want \"old\"", got)
	}
}

func TestPanicUnwindsAndSaysWhere(t *testing.T) {
	path, at := file(t), arm("after-write", 1, control.Panic)
	c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
	c.Go("save", save{path, "new"})
	exit, err := c.WaitExit(patient(t))
	if err != nil || exit != (harness.Exit{Code: 2}) {
		t.Fatalf("exit %v, error %v, want code 2", exit, err)
	}
	if !strings.Contains(c.Output(), "panic asked for at after-write") {
		t.Errorf("output does not name the site:\n%s", c.Output())
	}
}

func TestStoppedVictimGoesOn(t *testing.T) {
	path, at := file(t), arm("after-write", 1, control.Stop)
	c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
	saving := c.Go("save", save{path, "new"})
	if _, err := c.WaitHit(patient(t), at); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitStopped(patient(t)); err != nil {
		t.Fatal(err)
	}
	if _, done := saving.Reply(); done || content(t, path) != "old" {
		t.Fatal("the victim did not stop at its site")
	}
	if err := c.Continue(patient(t)); err != nil {
		t.Fatal(err)
	}
	if err := saving.Wait(patient(t), nil); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "new" {
		t.Errorf("file holds %q, want \"new\"", got)
	}
}

func TestParkedVictimIsReleased(t *testing.T) {
	path, at := file(t), arm("after-write", 1, control.Park)
	c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
	saving := c.Go("save", save{path, "new"})
	if _, err := c.WaitHit(patient(t), at); err != nil {
		t.Fatal(err)
	}
	c.Release()
	if err := saving.Wait(patient(t), nil); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyTheHitAskedForParks(t *testing.T) {
	path, at := file(t), arm("after-rename", 3, control.Park)
	c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
	for i := range 4 {
		c.Go("save", save{path, fmt.Sprint(i + 1)})
	}
	if _, err := c.WaitHit(patient(t), at); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "3" {
		t.Errorf("file holds %q, want \"3\"", got)
	}
}

func TestSiteNeverReachedIsAnError(t *testing.T) {
	path, at := file(t), arm("after-write", 2, control.Park)
	c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
	c.Go("save", save{path, "new"})
	if _, err := c.WaitHit(patient(t), at); !errors.Is(err, harness.ErrNeverReached) {
		t.Errorf("error %v, want ErrNeverReached", err)
	}
}

func TestVictimThatDiesFirstIsAnError(t *testing.T) {
	path := file(t)
	c := start(t, saver, harness.Config{Arms: []control.Arm{arm("before-write", 1, control.SelfKill), arm("after-write", 1, control.Park)}})
	c.Go("save", save{path, "new"})
	_, err := c.WaitHit(patient(t), arm("after-write", 1, control.Park))
	if !errors.Is(err, harness.ErrExited) || !strings.Contains(err.Error(), "SIGKILL") {
		t.Errorf("error %v, want ErrExited with SIGKILL", err)
	}
}

func TestRunningVictimIsArmed(t *testing.T) {
	path, at := file(t), arm("after-write", 1, control.Park)
	c := start(t, saver, harness.Config{})
	if err := c.Call(patient(t), "save", save{path, "1"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Arm(at); err != nil {
		t.Fatal(err)
	}
	c.Go("save", save{path, "2"})
	if _, err := c.WaitHit(patient(t), at); err != nil {
		t.Fatal(err)
	}
}

func TestExitCode137IsNoKill(t *testing.T) {
	if (harness.Exit{Code: 137}).Killed() {
		t.Error("an exit code was taken for a signal")
	}
}
