package harnesstest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/harness/harnesstest"
)

const saver = "killpoint/harness/internal/saver"

// failing is a test that a test can look at: it fails without failing this one.
type failing struct {
	*testing.T
	failed   bool
	log      strings.Builder
	cleanups []func()
}

func (f *failing) Helper()                       {}
func (f *failing) Failed() bool                  { return f.failed }
func (f *failing) Logf(text string, args ...any) { fmt.Fprintf(&f.log, text+"\n", args...) }
func (f *failing) Cleanup(c func())              { f.cleanups = append(f.cleanups, c) }
func (f *failing) Fatal(args ...any) {
	f.failed = true
	fmt.Fprintln(&f.log, args...)
	panic(f)
}

// end ends the test as package testing does.
func (f *failing) end() {
	for i := len(f.cleanups) - 1; i >= 0; i-- {
		f.cleanups[i]()
	}
}

// stops reports whether f was ended by Fatal.
func stops(f *failing, do func()) (stopped bool) {
	defer func() { stopped = recover() == f }()
	do()
	return false
}

func TestChildrenEndWithTheirTest(t *testing.T) {
	program := harnesstest.Build(t, harness.Build{Package: saver, Instrument: []string{saver}})
	arm := control.Arm{Site: "after-write", Hit: 1, Action: control.Panic}
	for _, failed := range []bool{true, false} {
		f := &failing{T: t, failed: failed}
		path := t.TempDir() + "/file"
		victim := harnesstest.Start(f, program, harness.Config{Name: "victim", Role: "saver", Arms: []control.Arm{arm}})
		victim.Go("save", struct{ Path, Text string }{path, "new"})
		if hit := harnesstest.Die(f, victim, arm); hit.Arm != arm {
			t.Errorf("it stood at %v", hit.Arm)
		}
		successor := harnesstest.Start(f, program, harness.Config{Name: "successor", Role: "saver"})
		f.end()
		for _, c := range []*harness.Child{victim, successor} {
			if _, ended := c.Exit(); !ended {
				t.Errorf("%s outlives its test", c.Name())
			}
		}
		said := f.log.String()
		for _, want := range []string{"victim printed:", "panic asked for at after-write", "what happened:", "at after-write, hit 1: panic", "successor  started"} {
			if strings.Contains(said, want) != failed {
				t.Errorf("failed is %v, %q is said otherwise:\n%s", failed, want, said)
			}
		}
	}
}

func TestWhatCannotBeDoneFailsTheTest(t *testing.T) {
	f := &failing{T: t}
	if !stops(f, func() { harnesstest.Build(f, harness.Build{Package: "killpoint/no/such/package"}) }) || !strings.Contains(f.log.String(), "no/such/package") {
		t.Errorf("a build that failed says %s", &f.log)
	}
	f = &failing{T: t}
	if !stops(f, func() { harnesstest.Start(f, &harness.Program{Path: os.DevNull}, harness.Config{Name: "nobody"}) }) || !strings.Contains(f.log.String(), "nobody") {
		t.Errorf("a start that failed says %s", &f.log)
	}
	f.end()
	program := harnesstest.Build(t, harness.Build{Package: saver, Instrument: []string{saver}})
	f = &failing{T: t}
	arm := control.Arm{Site: "after-write", Hit: 1, Action: control.Park}
	child := harnesstest.Start(f, program, harness.Config{Name: "victim", Role: "saver", Arms: []control.Arm{arm}})
	child.Go("load", nil)
	if !stops(f, func() { harnesstest.Die(f, child, arm) }) || !strings.Contains(f.log.String(), harness.ErrNeverReached.Error()) {
		t.Errorf("a death that did not come says %s", &f.log)
	}
	f.end()
	if left := harness.Live(); len(left) != 0 {
		t.Errorf("%d children are left", len(left))
	}
}

// TestTestThatIsAnotherValueEachTimeHasOneTimeline as with GinkgoTB.
func TestTestThatIsAnotherValueEachTimeHasOneTimeline(t *testing.T) {
	program := harnesstest.Build(t, harness.Build{Package: saver, Instrument: []string{saver}})
	first, second := &failing{T: t, failed: true}, &failing{T: t, failed: true}
	harnesstest.Start(first, program, harness.Config{Name: "one", Role: "saver"})
	harnesstest.Start(second, program, harness.Config{Name: "two", Role: "saver"})
	second.end()
	first.end()
	said := first.log.String() + second.log.String()
	if strings.Count(said, "what happened:") != 1 || !strings.Contains(said, "one        started") || !strings.Contains(said, "two        started") {
		t.Errorf("the timeline is split:\n%s", said)
	}
}

// TestDieHasPatienceOfItsOwn: a test may have none.
func TestDieHasPatienceOfItsOwn(t *testing.T) {
	defer func(old time.Duration) { *harnesstest.Patience = old }(*harnesstest.Patience)
	*harnesstest.Patience = 10 * time.Millisecond
	program := harnesstest.Build(t, harness.Build{Package: saver, Instrument: []string{saver}})
	before := control.Arm{Site: "before-write", Hit: 1, Action: control.Park}
	arm := control.Arm{Site: "after-write", Hit: 1, Action: control.Park}
	f := &failing{T: t}
	child := harnesstest.Start(f, program, harness.Config{Name: "victim", Role: "saver", Arms: []control.Arm{before, arm}})
	child.Go("save", struct{ Path, Text string }{t.TempDir() + "/file", "new"})
	if !stops(f, func() { harnesstest.Die(f, child, arm) }) || !strings.Contains(f.log.String(), harness.ErrDeadline.Error()) {
		t.Errorf("it says %s", &f.log)
	}
	f.end()
}
