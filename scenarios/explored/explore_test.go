//go:build linux && amd64

package explored_test

import (
	"context"
	"runtime"
	"testing"

	"killpoint/scenarios/explored"
)

// TestOperations explores every operation on the ring as it ships: no state is
// wrong, none is without a name, every line of the catalogue is needed, and both
// engines see the same, again and again.
func TestOperations(t *testing.T) {
	report := explored.Report{}
	plan := explored.Plan{
		Operations: explored.Operations(), Builds: []string{explored.Plain}, Dir: t.TempDir(), Parallel: runtime.NumCPU(),
		Search: explored.Search{Engines: true, Kill: true, Repeat: 2},
	}
	var err error
	if report.Operations, err = plan.Run(context.Background(), func(string) {}); err != nil {
		t.Fatal(err)
	}
	report.Uncalled = explored.Uncalled(report.Operations)
	for _, r := range report.Operations {
		for _, v := range r.Violations {
			t.Errorf("%s: %s", r.Op, v)
		}
		for _, u := range r.Unnamed {
			t.Errorf("%s: %s: no site, and no line of the catalogue", r.Op, u)
		}
	}
	for _, u := range report.Uncalled {
		t.Error(u)
	}
}
