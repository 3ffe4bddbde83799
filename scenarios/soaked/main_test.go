package soaked_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"killpoint/harness"
	"killpoint/harness/soak"
	"killpoint/internal/workdir"
	"killpoint/scenarios/explored"
	"killpoint/scenarios/soaked"
)

// child is the build with the ring as it ships.
var child *harness.Program

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	harness.EndWithParent()
	dir, err := workdir.Make(os.TempDir(), "killpoint-soaked-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer dir.Remove()
	build, err := explored.BuildChild(context.Background(), explored.Plain, dir.Path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	child = build.Program
	code := m.Run()
	if left := harness.Live(); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "children left running: %d\n", len(left))
		return 1
	}
	return code
}

// short is a campaign with few kills.
func short(t *testing.T, subject soak.Subject, kills int) *soak.Campaign {
	return &soak.Campaign{
		Subject: subject, Dir: t.TempDir(), Seed: 1, Kills: kills, Only: -1, Parallel: 1, Patience: time.Minute,
		Evidence: t.TempDir(), Repeat: func(round int) string { return fmt.Sprintf("round %d", round) },
	}
}

// campaign runs a short one. What it leaves behind fails the test.
func campaign(t *testing.T, subject soak.Subject, kills int) soak.Result {
	t.Helper()
	c := short(t, subject, kills)
	r := c.Run(t.Context())
	if left, err := os.ReadDir(c.Dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return r
}

// program is the child with edits.
func program(t *testing.T, edits ...harness.Edit) soak.Subject {
	t.Helper()
	build, err := explored.BuildChild(t.Context(), explored.Plain, t.TempDir(), edits...)
	if err != nil {
		t.Fatal(err)
	}
	return soaked.Subject(build.Program)
}
