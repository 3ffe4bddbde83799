// Package harnesstest has package harness work for Go tests: what cannot be
// done fails the test, what was started is ended with it, and a test that fails
// says what its processes did and printed.
//
//	victim := harnesstest.Start(t, program, harness.Config{Role: "saver", Arms: []control.Arm{at}})
//	victim.Go("save", args)
//	hit := harnesstest.Die(t, victim, at)
package harnesstest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"killpoint/harness"
	"killpoint/harness/control"
)

// Build builds a child. Without an Output it goes to a folder of the test's.
func Build(t testing.TB, b harness.Build) *harness.Program {
	t.Helper()
	if b.Output == "" {
		b.Output = filepath.Join(t.TempDir(), "child")
	}
	program, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// Start starts a child, and closes it when the test ends. Without a Timeline it
// gets that of the test, which all such children share.
func Start(t testing.TB, program *harness.Program, cfg harness.Config) *harness.Child {
	t.Helper()
	if cfg.Timeline == nil {
		cfg.Timeline = timeline(t)
	}
	child, err := program.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if output := child.Output(); t.Failed() && output != "" {
			t.Logf("%s printed:\n%s", cfg.Name, output)
		}
		child.Close()
	})
	return child
}

// patience is how long Die waits: far longer than anything takes.
var patience = time.Minute

// Die ends a child where it is armed to, and as it is armed to, and returns
// where it stood. A minute is all the patience it has, even if the test has more.
func Die(t testing.TB, child *harness.Child, arm control.Arm) control.Hit {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	hit, _, err := child.Die(ctx, arm)
	if err != nil {
		t.Fatal(err)
	}
	return hit
}

// timelines are those of the running tests, by the test's name: a test may be
// another value each time that one asks for it (GinkgoTB).
var timelines sync.Map

// timeline is that of a test. It is logged behind the last child's end, if the
// test has failed then.
func timeline(t testing.TB) *harness.Timeline {
	made, name := new(harness.Timeline), t.Name()
	if known, ok := timelines.LoadOrStore(name, made); ok {
		return known.(*harness.Timeline)
	}
	t.Cleanup(func() {
		timelines.Delete(name)
		if t.Failed() {
			t.Logf("what happened:\n%s", made)
		}
	})
	return made
}
