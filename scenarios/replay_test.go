package scenarios_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"killpoint/ring"
	"killpoint/scenarios"
)

// TestReplayAgreesWithTheCell: whoever opens what a killed victim left, sees
// what the cell says, whether the victim was there before or not.
func TestReplayAgreesWithTheCell(t *testing.T) {
	programs, err := scenarios.BuildChildren(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range scenarios.All() {
		if c.Mode != scenarios.Kill || c.Site == "" {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		r := scenarios.Run(ctx, c, programs, t.TempDir())
		if r.Verdict != scenarios.Pass {
			t.Errorf("%s: %s: %v", c.ID, r.Verdict, r.Detail)
		}
		if r.Evidence.AtDeath == nil {
			t.Logf("%s: no image at death", c.ID)
			cancel()
			continue
		}
		again := scenarios.Replay(ctx, c, r.Evidence, programs, t.TempDir())
		cancel()
		n++
		dead := ring.Decode(r.Evidence.AtDeath)
		if sites := scenarios.ToldSites(dead); c.Mode == scenarios.Kill && len(sites) > 0 && c.Role == ring.WriterSide && !slices.Contains(sites, c.Site) && !told(c) {
			t.Errorf("%s: the image at death is told to be of %v", c.ID, sites)
		}
		if sites := scenarios.ConsistentSites(dead); !slices.Contains(sites, c.Site) && !told(c) {
			t.Errorf("%s: the image at death is said to be of %v", c.ID, sites)
		}
		if again.Verdict != scenarios.Pass {
			t.Errorf("replay of %s: %s: %v", c.ID, again.Verdict, again.Detail)
		}
	}
	t.Logf("%d replays", n)
}

// told are the cells of which the image at death tells another site: two deaths,
// and a ring that is replaced.
func told(c scenarios.Cell) bool {
	labels := c.Labels()
	return slices.Contains(labels, "pair") || slices.Contains(labels, "recreate") || slices.Contains(labels, "replace")
}
