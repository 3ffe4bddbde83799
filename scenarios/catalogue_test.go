package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2/types"

	"killpoint/ring"
	"killpoint/scenarios"
)

func TestEverySiteHasCells(t *testing.T) {
	cells := map[ring.Site][]scenarios.Cell{}
	for _, c := range scenarios.All() {
		if strings.HasPrefix(c.ID, string(c.Site)+"/") {
			cells[c.Site] = append(cells[c.Site], c)
		}
	}
	for _, s := range ring.Sites() {
		modes := map[scenarios.Mode]bool{}
		for _, c := range cells[s.Site] {
			modes[c.Mode] = true
			// A cell passes only if it saw its site reached.
			if !strings.HasPrefix(c.Want[scenarios.FactSite], string(s.Site)+", hit ") {
				t.Errorf("%s does not ask for its site to be reached", c.ID)
			}
			if c.Role != s.Side {
				t.Errorf("%s: the victim is the %s, the site is the %s's", c.ID, c.Role, s.Side)
			}
		}
		want := []scenarios.Mode{scenarios.Kill, scenarios.Stop}
		if s.Marker {
			want = append(want, scenarios.SelfKill, scenarios.Panic)
		}
		for _, m := range want {
			if !modes[m] {
				t.Errorf("site %s has no cell for mode %s", s.Site, m)
			}
		}
	}
}

func TestEveryCellNamesASiteOrNone(t *testing.T) {
	known := map[ring.Site]bool{"": true}
	for _, s := range ring.Sites() {
		known[s.Site] = true
	}
	for _, c := range scenarios.All() {
		if !known[c.Site] {
			t.Errorf("%s: there is no site %q", c.ID, c.Site)
		}
	}
}

func TestExpectationsNameOnlySitesOfTheCatalogue(t *testing.T) {
	known := map[ring.Site]bool{}
	for _, s := range ring.Sites() {
		known[s.Site] = true
	}
	for _, s := range scenarios.ExpectedSites() {
		if !known[s] {
			t.Errorf("the expectations have a row for %q, which is no site", s)
		}
	}
}

func TestCellIDsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range scenarios.All() {
		if seen[c.ID] {
			t.Errorf("two cells are called %s", c.ID)
		}
		seen[c.ID] = true
	}
}

// picked are the ids that a Ginkgo label filter picks.
func picked(t *testing.T, filter string) []string {
	t.Helper()
	match, err := types.ParseLabelFilter(filter)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range scenarios.All() {
		if match(c.Labels()) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func TestLabelsPickCells(t *testing.T) {
	got := picked(t, "writer-after-publish-header && push && kill")
	want := []string{
		"writer-after-publish-header/kill/poll-on",
		"writer-after-publish-header/kill/poll-off",
		"writer-after-publish-header/kill/late",
	}
	if !slices.Equal(got, want) {
		t.Errorf("one site, one mode: %v, want %v", got, want)
	}
	for _, outcome := range []string{"lost", "delivered", "duplicate", "consumed", "safe", "partly", "stall", "poll-recovery", "signal", "layout-error", "usable"} {
		if len(picked(t, outcome)) == 0 {
			t.Errorf("no cell has the label %s", outcome)
		}
	}
	for _, operation := range []string{"create", "replace", "attach", "push", "batch", "reserve", "open", "pop", "peek", "wrap", "space-wait", "data-wait"} {
		if len(picked(t, operation)) == 0 {
			t.Errorf("no cell has the label %s", operation)
		}
	}
	if !slices.Contains(picked(t, "stall"), "writer-after-write-advance/kill/poll-off") {
		t.Error("the best-known stall is not labelled so")
	}
	if slices.Contains(picked(t, "stall"), "writer-after-write-advance/stop/poll-off") {
		t.Error("a stopped writer is labelled as one that leaves a stall")
	}
}

func TestShardsPartTheMatrix(t *testing.T) {
	all := scenarios.All()
	for n := 1; n <= 7; n++ {
		times := map[string]int{}
		for i := 1; i <= n; i++ {
			cells, err := scenarios.Shard(all, fmt.Sprintf("%d/%d", i, n))
			if err != nil {
				t.Fatal(err)
			}
			if len(cells) < len(all)/n/2 {
				t.Errorf("shard %d/%d has %d of %d cells only", i, n, len(cells), len(all))
			}
			for _, c := range cells {
				times[c.ID]++
			}
		}
		for _, c := range all {
			if times[c.ID] != 1 {
				t.Errorf("%d shards: %s is in %d of them", n, c.ID, times[c.ID])
			}
		}
	}
	for _, bad := range []string{"", "1", "0/2", "3/2", "a/b", "1/0", "-1/2"} {
		if _, err := scenarios.Shard(all, bad); err == nil {
			t.Errorf("shard %q was taken", bad)
		}
	}
}

// TestCellsReadAsSentences: no two of a group in the same words, and none without.
func TestCellsReadAsSentences(t *testing.T) {
	seen := map[string]string{}
	for _, c := range scenarios.All() {
		title, sentence := c.Title(), c.Sentence()
		if title == "" || sentence == "" || strings.HasSuffix(sentence, ": ") || strings.Contains(title+sentence, "  ") {
			t.Errorf("%s is called %q, %q", c.ID, title, sentence)
		}
		if other, twice := seen[title+"\n"+sentence]; twice {
			t.Errorf("%s and %s are both called %q", c.ID, other, sentence)
		}
		seen[title+"\n"+sentence] = c.ID
	}
}
