package harness_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"killpoint/harness"
	"killpoint/harness/control"
)

// TestAllThatAChildHasSaidCounts: it is dead only when what it said before is
// in, however late that is read.
func TestAllThatAChildHasSaidCounts(t *testing.T) {
	at := arm("after-write", 1, control.SelfKill)
	c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
	if _, err := c.Hello(patient(t)); err != nil {
		t.Fatal(err)
	}
	letGo := c.HoldEvents()
	dead := observe(t, c.PID())
	c.Go("save", save{file(t), "new"})
	if !dead.ended(t, true) {
		t.Fatal("it lives")
	}
	select {
	case <-c.Exited():
		t.Error("its end is told while its last words are in the pipe")
	case <-time.After(200 * time.Millisecond): // long enough for a wrong one to be seen
	}
	letGo()
	if _, _, err := c.Die(patient(t), at); err != nil {
		t.Error(err)
	}
}

func TestAnswerThatIsThereCountsHoweverLate(t *testing.T) {
	c := start(t, saver, harness.Config{})
	p := c.Go("save", save{file(t), "new"})
	if err := p.Wait(patient(t), nil); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Wait(over, nil); err != nil {
		t.Error(err)
	}
}

// TestEventMayBeLongerThanThePipe in both directions.
func TestEventMayBeLongerThanThePipe(t *testing.T) {
	c := start(t, saver, harness.Config{})
	long, path := strings.Repeat("0123456789", 50_000), file(t)
	if err := c.Call(patient(t), "save", save{path, long}, nil); err != nil {
		t.Fatal(err)
	}
	var back string
	if err := c.Call(patient(t), "load", save{path, ""}, &back); err != nil || back != long {
		t.Errorf("%d bytes come back of %d, %v", len(back), len(long), err)
	}
}

func TestParkedChildIsNotIdle(t *testing.T) {
	at := arm("after-write", 1, control.Park)
	c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
	saving := c.Go("save", save{file(t), "new"})
	if _, err := c.WaitHit(patient(t), at); err != nil {
		t.Fatal(err)
	}
	if c.Idle() {
		t.Error("it is idle at its site")
	}
	c.Release()
	if err := saving.Wait(patient(t), nil); err != nil {
		t.Fatal(err)
	}
	if !c.Idle() {
		t.Error("it is not idle with all calls answered")
	}
	if commands := string(c.Transcript()); !strings.Contains(commands, "save") || strings.Contains(commands, "release") {
		t.Errorf("the transcript must have calls and no releases:\n%s", commands)
	}
}

// TestFileOfTheSameNameIsAnotherFile: who sleeps on the one that was there
// before does not sleep on it.
func TestFileOfTheSameNameIsAnotherFile(t *testing.T) {
	for _, known := range []bool{false, true} {
		path := pages(t, 1)
		c := mapped(t, path, 1)
		p := c.Go("sleep", wordOf{Offset: 8})
		if known {
			asleep(t, c, path, 8)
		}
		if err := os.WriteFile(path+".new", make([]byte, os.Getpagesize()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Remove(path), os.Rename(path+".new", path)); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if waits, err := c.FutexWaits(path); err != nil || len(waits) > 0 {
				t.Fatalf("known %v: seen asleep on the new file: %v, %v", known, waits, err)
			}
			if _, done := p.Reply(); done {
				t.Fatal("it does not sleep")
			}
		}
	}
}
