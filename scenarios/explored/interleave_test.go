//go:build linux && amd64

package explored_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"killpoint/harness"
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
	for _, p := range duels(t, program, dir, few...) {
		runs += p.Runs
		for _, v := range p.Violations {
			t.Error(v)
		}
	}
	t.Logf("%d runs", runs)
}

// few are the duels that are run each time: both waits, and one of each kind of
// peer.
var few = [][2]string{
	{"push", "peek, release"}, {"push-wrap", "pop two"}, {"push-into-full", "pop"}, {"push-into-full", "open, pop"},
	{"pop", "push a batch"}, {"pop-wrap", "reserve, commit"}, {"pop-from-empty", "push"}, {"pop-from-empty", "attach, push"},
	{"push-warm", "pop all, waiting"}, {"pop-warm", "push many, waiting"},
}

// duels runs the named pairs of operation and peer.
func duels(t *testing.T, program, dir string, names ...[2]string) (pairs []explored.Pair) {
	t.Helper()
	for _, d := range explored.Duels() {
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

// planted are bugs that no single process shows, each with the pairs that are
// to find it.
var planted = []struct {
	name, text string // and a part of what is said of it
	pairs      [2]string
	edits      []harness.Edit
}{
	{"event reset after the last look", "missed for good", [2]string{"pop-from-empty", "push"}, []harness.Edit{
		inRing("reader.go", "\t\tr.dataAvail.reset()\n", ""),
		inRing("reader.go", "\t\tmark(ReaderBeforeDataWait)\n", "\t\tr.dataAvail.reset()\n"),
	}},
	{"writer's event reset after the last look", "missed for good", [2]string{"push-into-full", "pop"}, []harness.Edit{
		inRing("writer.go", "\t\tw.spaceAvail.reset()\n", ""),
		inRing("writer.go", "\t\tmark(WriterBeforeSpaceWait)\n", "\t\tw.spaceAvail.reset()\n"),
	}},
	{"no look after the reset", "missed for good", [2]string{"pop-from-empty", "push"}, []harness.Edit{
		inRing("reader.go", "\t\tif n, err := r.next(); err != ErrEmpty {\n\t\t\treturn n, err\n\t\t}\n\t\tif over", "\t\tif s.thread.Load() != 0 {\n\t\t\tif n, err := r.next(); err != ErrEmpty {\n\t\t\t\treturn n, err\n\t\t\t}\n\t\t}\n\t\tif over"),
	}},
	{"index stored before the body", "received", [2]string{"push", "peek, release"}, []harness.Edit{
		inRing("writer.go", "\tcopy(slot[recordHeader:], msg)\n\tmark(WriterAfterWritePayload)\n\tw.seal(slot, len(msg))", "\tw.seal(slot, len(msg))\n\tw.write.Store(w.pos)\n\tcopy(slot[recordHeader:], msg)"),
	}},
	{"the wake's load before the store of the index", "missed for good", [2]string{"push-warm", "pop all, waiting"}, []harness.Edit{
		inRing("writer.go", "\tw.own = w.pos\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)\n", "\tawake := w.dataAvail.rung && w.dataAvail.word.Load() == 1\n\tw.own = w.pos\n\tw.write.Store(w.pos)\n"),
		inRing("writer.go", "\tw.dataAvail.set(WriterBeforeDataWake)\n", "\tif !awake {\n\t\tw.dataAvail.ring(WriterBeforeDataWake)\n\t}\n"),
	}},
	{"room given back before the copy", "received", [2]string{"pop-from-full", "push"}, []harness.Edit{
		inRing("reader.go", "\tcopy(msg, r.data[r.off+recordHeader:])\n\tmark(ReaderBeforeReadAdvance)\n\tr.pass(length)\n\tr.release()\n", "\tbody := r.body(length)\n\tr.pass(length)\n\tr.release()\n\tcopy(msg, body)\n"),
	}},
}

func inRing(file, old, new string) harness.Edit {
	return harness.Edit{Package: "killpoint/ring", File: file, Old: old, New: new}
}

// TestInterleavingFindsPlantedBugs: it can fail.
func TestInterleavingFindsPlantedBugs(t *testing.T) {
	t.Parallel()
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			program := build(t, dir, bug.edits...)
			found := duels(t, program, dir, bug.pairs)[0].Violations
			for _, v := range found {
				if strings.Contains(v, bug.text) {
					t.Log(v)
					return
				}
			}
			t.Errorf("it is not found; what is said: %q", found)
		})
	}
}
