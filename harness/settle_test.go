package harness_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
)

// counted is an image that tells how often it was read, until it stays as it is
// from the given time on.
func counted(stays byte) (image func() ([]byte, error), read *byte) {
	read = new(byte)
	return func() ([]byte, error) {
		*read++
		return []byte{min(*read, stays)}, nil
	}, read
}

func TestSleepBesideAFileThatChangesDecidesNothing(t *testing.T) {
	path := pages(t, 1)
	c := mapped(t, path, 1)
	p := c.Go("sleep", wordOf{})
	asleep(t, c, path, 0)
	image, _ := counted(9)
	settled, found, err := c.Settle(patient(t), p, path, 0, image)
	if err != nil || settled != harness.Asleep || len(found) != 1 || found[0] != 9 {
		t.Errorf("%q with image %v, %v, want %q with the image that no longer changes, [9]", settled, found, err, harness.Asleep)
	}
}

func TestRepollingIsSeenInThreeSleeps(t *testing.T) {
	path := pages(t, 1)
	var line harness.Timeline
	c := start(t, sleeper, harness.Config{Role: "sleeper", Timeline: &line})
	if err := c.Call(patient(t), "map", mapFile{Path: path, Length: os.Getpagesize()}, nil); err != nil {
		t.Fatal(err)
	}
	p := c.Go("sleep", wordOf{Timeout: 2 * time.Millisecond})
	settled, image, err := c.Settle(patient(t), p, path, 0, func() ([]byte, error) { return []byte("as it is"), nil })
	if err != nil || settled != harness.Repolling || string(image) != "as it is" {
		t.Errorf("%q with image %q, %v", settled, image, err)
	}
	seen := 0
	for _, e := range line.Entries() {
		if e.Kind == harness.Polled {
			seen++
		}
	}
	if seen != 3 {
		t.Errorf("seen in %d sleeps, want 3:\n%s", seen, &line)
	}
}

// TestWhatIsNotSettledStaysOpen however often one looks.
func TestWhatIsNotSettledStaysOpen(t *testing.T) {
	for _, row := range []struct {
		name  string
		sleep wordOf
		word  int64
		stays byte
	}{
		{"one sleep that has an end", wordOf{Timeout: time.Hour}, 0, 1},
		{"a sleep on another word", wordOf{Offset: 8}, 0, 1},
		{"a sleep beside a file that never stays as it is", wordOf{}, 0, 255},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := pages(t, 1)
			c := mapped(t, path, 1)
			p := c.Go("sleep", row.sleep)
			asleep(t, c, path, row.sleep.Offset)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			image, read := counted(row.stays)
			settled, _, err := c.Settle(ctx, p, path, row.word, func() ([]byte, error) {
				if *read >= 30 {
					cancel()
				}
				return image()
			})
			if settled != "" || !errors.Is(err, harness.ErrDeadline) {
				t.Errorf("%q, %v, want ErrDeadline", settled, err)
			}
		})
	}
}

func TestWhatEndsIsDone(t *testing.T) {
	path := pages(t, 1)
	c, waker := mapped(t, path, 1), mapped(t, path, 1)
	p := c.Go("sleep", wordOf{})
	asleep(t, c, path, 0)
	if err := waker.Call(patient(t), "wake", wordOf{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(patient(t), nil); err != nil {
		t.Fatal(err)
	}
	image, _ := counted(1)
	if settled, found, err := c.Settle(patient(t), p, path, 0, image); err != nil || settled != harness.Done || found != nil {
		t.Errorf("%q with image %v, %v", settled, found, err)
	}
}

// TestNobodySettlesWithoutEvidence: not without the image, nor the child.
func TestNobodySettlesWithoutEvidence(t *testing.T) {
	path := pages(t, 1)
	c := mapped(t, path, 1)
	p := c.Go("sleep", wordOf{})
	asleep(t, c, path, 0)
	lost := errors.New("lost")
	reads := 0
	for bad := range 2 { // the look before, and the one after
		reads = 0
		if settled, _, err := c.Settle(patient(t), p, path, 0, func() ([]byte, error) {
			if reads++; reads == bad+1 {
				return nil, lost
			}
			return nil, nil
		}); settled != "" || !errors.Is(err, lost) {
			t.Errorf("image %d is lost: %q, %v", bad+1, settled, err)
		}
	}
	image, _ := counted(255)
	stranger(t, c, unix.SIGKILL)
	if settled, _, err := c.Settle(patient(t), p, path, 0, image); settled != "" || !errors.Is(err, harness.ErrDisturbed) {
		t.Errorf("killed by somebody else: %q, %v", settled, err)
	}
	c = mapped(t, path, 1)
	p = c.Go("sleep", wordOf{})
	if _, err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	image, _ = counted(255)
	if settled, _, err := c.Settle(patient(t), p, path, 0, image); settled != "" || !errors.Is(err, harness.ErrExited) {
		t.Errorf("dead: %q, %v", settled, err)
	}
}

// TestNobodySettlesWhoCannotGoOn has a child told what it does not understand.
func TestNobodySettlesWhoCannotGoOn(t *testing.T) {
	path := pages(t, 1)
	c := mapped(t, path, 1)
	p := c.Go("sleep", wordOf{})
	asleep(t, c, path, 0)
	if err := c.Arm(arm("nowhere", 1, control.Park)); err != nil {
		t.Fatal(err)
	}
	c.Stacks(patient(t)) // answered behind that
	image, _ := counted(1)
	if settled, _, err := c.Settle(patient(t), p, path, 0, image); settled != "" || !errors.Is(err, harness.ErrProtocol) {
		t.Errorf("%q, %v, want ErrProtocol", settled, err)
	}
}
