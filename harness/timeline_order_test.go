package harness

import "testing"

// TestLateNewsStandWhereTheyBelong: what a child says of itself arrives later
// than it happened. What happened at the same time stays in order of arrival.
func TestLateNewsStandWhereTheyBelong(t *testing.T) {
	var line Timeline
	for _, e := range []Entry{{Time: 30, What: "d"}, {Time: 10, What: "a"}, {Time: 20, What: "b"}, {Time: 20, What: "c"}, {Time: 1 << 62, What: "e"}} {
		line.add(e, "%s", e.What)
	}
	var order string
	for _, e := range line.Entries() {
		order += e.What
	}
	if order != "abcde" {
		t.Errorf("order %s, want abcde", order)
	}
}
