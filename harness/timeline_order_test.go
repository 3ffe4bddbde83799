package harness

import "testing"

// TestLateNewsStandWhereTheyBelong: what a child says of itself arrives later
// than it happened. What happened at the same time stays in order of arrival.
func TestLateNewsStandWhereTheyBelong(t *testing.T) {
	var line Timeline
	for _, e := range []Entry{{30, "harness", "d"}, {10, "victim", "a"}, {20, "peer", "b"}, {20, "victim", "c"}, {1 << 62, "harness", "e"}} {
		line.add(e.Time, e.Who, "%s", e.What)
	}
	var order string
	for _, e := range line.Entries() {
		order += e.What
	}
	if order != "abcde" {
		t.Errorf("order %s, want abcde", order)
	}
}
