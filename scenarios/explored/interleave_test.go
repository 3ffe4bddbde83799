//go:build linux && amd64

package explored_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"killpoint/harness"
	"killpoint/scenarios"
	"killpoint/scenarios/explored"
)

// TestInterleavings: no operation is disturbed by what a peer does in its
// middle, and none sleeps for good.
func TestInterleavings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := build(t, dir)
	if os.Getenv("EXPLORE") != "" {
		found, err := explored.Interleave(context.Background(), program, dir, func(line string) { t.Log(line) })
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found.Violations {
			t.Error(v)
		}
		t.Logf("%d pairs, %d runs, %d ms", len(found.Pairs), found.Runs, found.Ms)
		return
	}
	runs := 0
	for _, p := range pairings(t, program, dir, few...) {
		runs += p.Runs
		for _, v := range p.Violations {
			t.Error(v)
		}
	}
	t.Logf("%d runs", runs)
}

// few are the pairings that are run each time: both waits, and one of each kind of
// peer.
var few = [][2]string{
	{"push", "peek, release"}, {"push-wrap", "pop two"}, {"push-into-full", "pop"}, {"push-into-full", "open, pop"},
	{"pop", "push a batch"}, {"pop-wrap", "reserve, commit"}, {"pop-from-empty", "push"}, {"pop-from-empty", "attach, push"},
	{"push-warm", "pop all, waiting"}, {"pop-warm", "push many, waiting"},
}

// pairings runs the named pairs of operation and peer.
func pairings(t *testing.T, program, dir string, names ...[2]string) (pairs []explored.Pair) {
	t.Helper()
	for _, d := range explored.Pairings() {
		if !slices.Contains(names, [2]string{d.Op.Name, d.Peer.Name}) {
			continue
		}
		p, err := d.Run(context.Background(), program, dir)
		if err != nil {
			t.Error(err)
		}
		if p.Stops < 5 || p.Runs <= p.Stops {
			t.Errorf("%s and %s: %d stops in %d runs", p.Op, p.Peer, p.Stops, p.Runs)
		}
		pairs = append(pairs, p)
	}
	if len(pairs) != len(names) {
		t.Errorf("%d of %d pairs were run", len(pairs), len(names))
	}
	return pairs
}

func inRing(file, old, new string) harness.Edit {
	return harness.Edit{Package: "killpoint/ring", File: file, Old: old, New: new}
}

// TestInterleavingFindsPlantedBugs: it can fail.
func TestInterleavingFindsPlantedBugs(t *testing.T) {
	t.Parallel()
	for _, m := range scenarios.Mutants() {
		if m.Pairing[0] == "" {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b, err := explored.BuildChild(t.Context(), explored.Plain, dir, m.Edits...)
			if err != nil {
				t.Fatal(err)
			}
			found, err := explored.Contest(t.Context(), b, dir, m.Pairing[0], m.Pairing[1])
			if err != nil {
				t.Fatal(err)
			}
			if found == nil {
				t.Fatal("it is not found")
			}
			t.Log(found.What)
		})
	}
}
