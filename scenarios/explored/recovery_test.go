//go:build linux && amd64

package explored_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"killpoint/harness"
	"killpoint/scenarios/explored"
)

// TestRecoveryHasAnEnd: whatever dies where, again and again, the images that
// can be left are few, and all are sound.
func TestRecoveryHasAnEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := build(t, dir)
	recover := explored.Alphabet{Capacity: 64, Sizes: []int{36}}.Recover
	if os.Getenv("EXPLORE") != "" {
		recover = explored.Recover
	}
	r, err := recover(context.Background(), program, dir, func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Violations {
		t.Error(v)
	}
	t.Logf("%d images, %d edges, %d rounds, %d runs, %d ms", r.Images, r.Edges, r.Rounds, r.Runs, r.Ms)
	reached := map[int]bool{}
	for _, n := range r.Graph.Nodes {
		reached[n.ID] = n.Start
	}
	for _, e := range r.Graph.Edges {
		if e.At == "" || e.Op == "" || e.From == e.To {
			t.Errorf("edge %+v", e)
		}
		reached[e.To] = true
	}
	for id, ok := range reached {
		if !ok {
			t.Errorf("nothing leads to %+v", r.Graph.Nodes[id])
		}
	}
}

// TestRecoveryIsBounded: growth without end is an error that says so.
func TestRecoveryIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := explored.Alphabet{Capacity: 64, Sizes: []int{36}, Most: 10}.Recover(context.Background(), build(t, dir), dir, nil)
	if !errors.Is(err, explored.ErrEndless) {
		t.Errorf("the error is %v", err)
	}
}

// TestRecoveryFindsPlantedBugs: those that it takes a death and a successor to
// see.
func TestRecoveryFindsPlantedBugs(t *testing.T) {
	t.Parallel()
	for _, bug := range []struct {
		name, text string
		edits      []harness.Edit
	}{
		{"a successor trusts the commit index", "a reader gets", []harness.Edit{
			inRing("create.go", "w.stand(write, read)", "w.stand(min(write, *w.commit), read)"),
		}},
		{"a successor trusts a header that says READY", "a reader gets", []harness.Edit{
			inRing("create.go", "\tw.stand(write, read)\n", `	w.stand(write, read)
	if h := *plain32(w.data, w.off); write == read && h&(flagReady|flagWrap) == flagReady && recordSize(int(h&lengthMask)) <= w.capacity-w.off {
		w.pass(recordSize(int(h & lengthMask)))
		w.clear = 0
	}
`),
		}},
	} {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			program := build(t, dir, bug.edits...)
			r, err := explored.Alphabet{Capacity: 64, Sizes: []int{36}, Most: 30}.Recover(context.Background(), program, dir, nil)
			if err != nil && !errors.Is(err, explored.ErrEndless) {
				t.Fatal(err)
			}
			for _, v := range r.Violations {
				if strings.Contains(v, bug.text) {
					t.Log(v)
					return
				}
			}
			t.Errorf("it is not found; what is said: %q, %d images, %v", r.Violations, r.Images, err)
		})
	}
}
