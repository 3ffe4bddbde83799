package harness_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"killpoint/harness"
)

// The arguments of the sleeper's operations.
type (
	mapFile struct {
		Path   string
		Start  int64
		Length int
	}
	wordOf struct {
		Offset  int64
		Timeout time.Duration
	}
)

// pages makes a file of zeros.
func pages(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(path, make([]byte, n*os.Getpagesize()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mapped starts a sleeper that has the first pages of the file mapped.
func mapped(t testing.TB, path string, n int) *harness.Child {
	t.Helper()
	c := start(t, sleeper, harness.Config{Role: "sleeper"})
	if err := c.Call(patient(t), "map", mapFile{Path: path, Length: n * os.Getpagesize()}, nil); err != nil {
		t.Fatal(err)
	}
	return c
}

// asleep waits until the child sleeps on the word.
func asleep(t testing.TB, c *harness.Child, path string, offset int64) harness.FutexWait {
	t.Helper()
	w, err := c.WaitAsleep(patient(t), path, offset, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSleepIsSeenWithItsWordAndTimeout(t *testing.T) {
	page := int64(os.Getpagesize())
	hour := time.Hour + 123*time.Nanosecond
	for _, row := range []struct {
		name    string
		start   int64 // of the mapping, in the file
		offset  int64
		timeout *time.Duration
	}{
		{"first word, without end", 0, 0, nil},
		{"word in the middle, without end", 0, 1028, nil},
		{"last word, without end", 0, 2*page - 4, nil},
		{"mapping that begins inside the file", page, page + 64, nil},
		{"timeout to the nanosecond", 0, 64, &hour},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := pages(t, 2)
			c := start(t, sleeper, harness.Config{Role: "sleeper"})
			if err := c.Call(patient(t), "map", mapFile{path, row.start, int(2*page - row.start)}, nil); err != nil {
				t.Fatal(err)
			}
			args := wordOf{Offset: row.offset}
			if row.timeout != nil {
				args.Timeout = *row.timeout
			}
			c.Go("sleep", args)
			w := asleep(t, c, path, row.offset)
			if w.Tid != c.PID() || w.Offset != row.offset {
				t.Errorf("thread %d at offset %d, want %d at %d", w.Tid, w.Offset, c.PID(), row.offset)
			}
			switch {
			case row.timeout == nil && w.Timeout != nil:
				t.Errorf("timeout %v, want none", *w.Timeout)
			case row.timeout != nil && (w.Timeout == nil || *w.Timeout != *row.timeout):
				t.Errorf("wait %v, want timeout %v", w, *row.timeout)
			}
			waits, err := c.FutexWaits(path)
			if err != nil || len(waits) != 1 || fmt.Sprint(waits[0]) != fmt.Sprint(w) {
				t.Errorf("FutexWaits %v, %v, want only %v", waits, err, w)
			}
		})
	}
}

// TestSleepsAreCounted sees a thread that polls in three different sleeps.
func TestSleepsAreCounted(t *testing.T) {
	path := pages(t, 1)
	c := mapped(t, path, 1)
	c.Go("sleep", wordOf{Timeout: 2 * time.Millisecond})
	last := int64(-1)
	for range 3 {
		w, err := c.WaitAsleep(patient(t), path, 0, func(w harness.FutexWait) bool { return w.Sleeps != last })
		if err != nil {
			t.Fatal(err)
		}
		if w.Sleeps <= last {
			t.Fatalf("%d sleeps after %d", w.Sleeps, last)
		}
		last = w.Sleeps
	}
}

// TestOneSleepIsOneSleep looks twice at a thread that nobody wakes.
func TestOneSleepIsOneSleep(t *testing.T) {
	path := pages(t, 1)
	c := mapped(t, path, 1)
	c.Go("sleep", wordOf{})
	if first, second := asleep(t, c, path, 0), asleep(t, c, path, 0); first != second {
		t.Errorf("%+v, then %+v", first, second)
	}
}

func TestWokenChildIsNotAsleep(t *testing.T) {
	path := pages(t, 1)
	c, waker := mapped(t, path, 1), mapped(t, path, 1)
	sleeping := c.Go("sleep", wordOf{})
	asleep(t, c, path, 0)
	if err := waker.Call(patient(t), "wake", wordOf{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := sleeping.Wait(patient(t), nil); err != nil {
		t.Fatal(err)
	}
	if waits, err := c.FutexWaits(path); err != nil || len(waits) > 0 {
		t.Errorf("waits %v, %v, want none", waits, err)
	}
	if _, err := c.WaitAsleep(patient(t), path, 0, nil); !errors.Is(err, harness.ErrNeverReached) {
		t.Errorf("error %v, want ErrNeverReached: all calls are done", err)
	}
}

func TestStoppedChildIsNotAsleep(t *testing.T) {
	path := pages(t, 1)
	c := mapped(t, path, 1)
	c.Go("sleep", wordOf{})
	asleep(t, c, path, 0)
	if err := c.Stop(patient(t)); err != nil {
		t.Fatal(err)
	}
	if waits, err := c.FutexWaits(path); err != nil || len(waits) > 0 {
		t.Errorf("waits %v, %v, want none", waits, err)
	}
	if err := c.Continue(patient(t)); err != nil {
		t.Fatal(err)
	}
	if w := asleep(t, c, path, 0); w.Timeout != nil {
		t.Errorf("%v, want no timeout", w)
	}
}

func TestOnlyTheFileAskedForCounts(t *testing.T) {
	path, other := pages(t, 1), pages(t, 1)
	c := mapped(t, path, 1)
	c.Go("sleep", wordOf{Offset: 8})
	asleep(t, c, path, 8)
	if waits, err := c.FutexWaits(other); err != nil || len(waits) > 0 {
		t.Errorf("waits %v, %v on a file that is not mapped", waits, err)
	}
	if waits, err := c.FutexWaits(path + ".new"); err != nil || len(waits) > 0 {
		t.Errorf("waits %v, %v on a file that is not there", waits, err)
	}
}

// TestRemovedFileIsStillFound looks for a mapping whose file has no name left.
func TestRemovedFileIsStillFound(t *testing.T) {
	path := pages(t, 1)
	c := mapped(t, path, 1)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	c.Go("sleep", wordOf{Offset: 16})
	asleep(t, c, path, 16)
}

// TestSleepNotSeenInTimeIsNoVerdict looks, with no time left, for sleeps that
// are not there while the child is busy, and for one that is.
func TestSleepNotSeenInTimeIsNoVerdict(t *testing.T) {
	path := pages(t, 1)
	c := mapped(t, path, 1)
	c.Go("sleep", wordOf{Offset: 8})
	asleep(t, c, path, 8)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for _, row := range []struct {
		name   string
		offset int64
		accept func(harness.FutexWait) bool
	}{
		{"word on which nobody sleeps", 12, nil},
		{"wait that is not accepted", 8, func(w harness.FutexWait) bool { return w.Timeout != nil }},
	} {
		if _, err := c.WaitAsleep(over, path, row.offset, row.accept); !errors.Is(err, harness.ErrDeadline) {
			t.Errorf("%s: error %v, want ErrDeadline", row.name, err)
		}
	}
	if _, err := c.WaitAsleep(over, path, 8, nil); err != nil {
		t.Errorf("a sleep that is there does not count, for the time is over: %v", err)
	}
}

func TestDeadChildIsNotAsleep(t *testing.T) {
	path := pages(t, 1)
	c := mapped(t, path, 1)
	c.Go("sleep", wordOf{})
	asleep(t, c, path, 0)
	if _, err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if waits, err := c.FutexWaits(path); !errors.Is(err, harness.ErrExited) {
		t.Errorf("waits %v, %v, want ErrExited", waits, err)
	}
	if _, err := c.WaitAsleep(patient(t), path, 0, nil); !errors.Is(err, harness.ErrExited) {
		t.Errorf("error %v, want ErrExited", err)
	}
}

// TestCPUTimeTellsWorkFromSleep compares processor times with each
// other: a loaded machine gives both children less, never the sleeper more.
func TestCPUTimeTellsWorkFromSleep(t *testing.T) {
	path := pages(t, 1)
	sleeping, burning := mapped(t, path, 1), mapped(t, path, 1)
	sleeping.Go("sleep", wordOf{})
	asleep(t, sleeping, path, 0)
	used := func(c *harness.Child) time.Duration {
		d, err := c.CPUTime()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const much = 100 * time.Millisecond
	before := used(sleeping)
	if err := burning.Call(patient(t), "burn", much, nil); err != nil {
		t.Fatal(err)
	}
	if burnt := used(burning); burnt < much {
		t.Errorf("%v seen of a child that has used %v", burnt, much)
	}
	if slept := used(sleeping) - before; slept > much/10 {
		t.Errorf("asleep it used %v while the other one used %v", slept, much)
	}
}
