//go:build linux && amd64

package explored_test

import (
	"strings"
	"testing"

	"killpoint/harness"
	"killpoint/scenarios"
	"killpoint/scenarios/explored"
)

// TestUnknownStatesAreUnnamed: a store that nobody has heard of is at no site and
// under no line of the catalogue, though nothing is wrong with what it leaves.
func TestUnknownStatesAreUnnamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	named, err := explored.BuildChild(t.Context(), explored.Instrumented, dir)
	if err != nil {
		t.Fatal(err)
	}
	changed := explored.Build{Name: explored.Plain, Program: &harness.Program{Path: build(t, dir,
		inRing("writer.go", "\t*plain32(slot, 0) = uint32(len(msg))\n", "\tword32(slot, 0).Store(uint32(len(msg)) + 1)\n\t*plain32(slot, 0) = uint32(len(msg))\n"))}}
	o, err := explored.Select("push")
	if err != nil {
		t.Fatal(err)
	}
	names, err := explored.Name(t.Context(), o[0], named, dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := explored.Search{Build: changed, Dir: dir, Names: names}.Find(t.Context(), o[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unnamed) != 1 || len(r.Violations) != 0 {
		t.Errorf("unnamed are %q, violations %q; there is one state that is new and not wrong", r.Unnamed, r.Violations)
	}
}

// TestUnneededLinesAreSeen: what no state needs is not kept.
func TestUnneededLinesAreSeen(t *testing.T) {
	if got, want := len(explored.Uncalled(nil)), len(explored.Equivalents()); got != want || want == 0 {
		t.Errorf("%d of %d lines are not needed by anything", got, want)
	}
}

// TestExploringFindsPlantedBugs: one in an image, one that takes a successor of
// the same build; make mutants tries them all.
func TestExploringFindsPlantedBugs(t *testing.T) {
	for _, m := range scenarios.Mutants() {
		if m.Name != "write-in-two-stores" && m.Name != "attach-at-commit" {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b, err := explored.BuildChild(t.Context(), explored.Plain, dir, m.Edits...)
			if err != nil {
				t.Fatal(err)
			}
			found, err := explored.Hunt(t.Context(), b, dir, m.Operation)
			if err != nil || found == nil || found.Runs > 2 {
				t.Errorf("found is %v, %v", found, err)
			}
		})
	}
}

// TestCallsThatNothingAsksForAreFound: what an operation costs is judged too.
func TestCallsThatNothingAsksForAreFound(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ op, old, new, want string }{
		"a wake for every message": {"push-wrap", "\tw.dataAvail.set(WriterBeforeDataWake)\n", "\tw.dataAvail.set(WriterBeforeDataWake)\n\tfutexWake(w.dataAvail.word)\n", "wakes once more"},
		"a wait that cannot sleep": {"push", "\tw.dataAvail.set(WriterBeforeDataWake)\n", "\tw.dataAvail.set(WriterBeforeDataWake)\n\tfutexWait(w.dataAvail.word, 1)\n", "no reason to call futex"},
		"a file whose size is set": {"push", "\tw.dataAvail.set(WriterBeforeDataWake)\n", "\tw.dataAvail.set(WriterBeforeDataWake)\n\tw.file.Truncate(w.file.info.Size())\n", "no reason to call ftruncate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b := explored.Build{Name: explored.Plain, Program: &harness.Program{Path: build(t, dir, inRing("writer.go", row.old, row.new))}}
			o, err := explored.Select(row.op)
			if err != nil {
				t.Fatal(err)
			}
			r, err := explored.Search{Build: b, Dir: dir}.Find(t.Context(), o[0])
			if err != nil || len(r.Violations) == 0 || !strings.Contains(r.Violations[0], row.want) {
				t.Errorf("found is %q, %v; want %q", r.Violations, err, row.want)
			}
		})
	}
}
