//go:build linux && amd64

package explored_test

import (
	"context"
	"testing"

	"killpoint/scenarios/explored"
)

// TestRecoveryHasAnEnd: whatever dies where, again and again, the images that
// can be left are few, and all are sound.
func TestRecoveryHasAnEnd(t *testing.T) {
	dir := t.TempDir()
	r, err := explored.Recover(context.Background(), build(t, dir), dir, func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Violations {
		t.Error(v)
	}
	t.Logf("%d images, %d edges, %d rounds, %d runs, %d ms", r.Images, r.Edges, r.Rounds, r.Runs, r.Ms)
	for _, n := range r.Graph.Nodes {
		t.Logf("%d %s whole=%v round=%d", n.ID, n.Label, n.Whole, n.Round)
	}
}
