// Package harnesstest has package harness work for Go tests: what cannot be
// done fails the test, what was started is ended with it, and a test that fails
// says what its processes did and printed.
package harnesstest

import (
	"path/filepath"
	"sync"
	"testing"

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

// Die has a child die where it is armed to, and as it is armed to, and returns
// where it stood.
func Die(t testing.TB, child *harness.Child, arm control.Arm) control.Hit {
	t.Helper()
	hit, _, err := child.Die(t.Context(), arm)
	if err != nil {
		t.Fatal(err)
	}
	return hit
}

// timelines are those of the running tests.
var timelines sync.Map

// timeline is that of a test. It is logged behind the last child's end, if the
// test has failed then.
func timeline(t testing.TB) *harness.Timeline {
	made := new(harness.Timeline)
	if known, ok := timelines.LoadOrStore(t, made); ok {
		return known.(*harness.Timeline)
	}
	t.Cleanup(func() {
		timelines.Delete(t)
		if t.Failed() {
			t.Logf("what happened:\n%s", made)
		}
	})
	return made
}
