package harness

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"killpoint/harness/control"
)

// An Entry is one thing that happened, on the clock that all processes share.
type Entry struct {
	Time int64  `json:"t"` // CLOCK_MONOTONIC, nanoseconds
	Who  string `json:"who"`
	What string `json:"what"`
}

// Timeline is who did what when, from all processes. It may be used by any
// number of goroutines; the nil Timeline records nothing.
type Timeline struct {
	mu      sync.Mutex
	entries []Entry
}

// Add records something that happens now.
func (t *Timeline) Add(who, format string, args ...any) {
	t.add(control.Now(), who, format, args...)
}

func (t *Timeline) add(time int64, who, format string, args ...any) {
	if t == nil {
		return
	}
	what := format
	if len(args) > 0 {
		what = fmt.Sprintf(format, args...)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, Entry{time, who, what})
}

// Entries returns what was recorded, in order of time.
func (t *Timeline) Entries() []Entry {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	sorted := slices.Clone(t.entries)
	slices.SortStableFunc(sorted, func(a, b Entry) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return 0
	})
	return sorted
}

// String prints the timeline in milliseconds since its first entry.
func (t *Timeline) String() string {
	entries := t.Entries()
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%10.3f ms  %-10s %s\n", float64(e.Time-entries[0].Time)/1e6, e.Who, e.What)
	}
	return b.String()
}

// WriteJSON writes one entry a line.
func (t *Timeline) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	for _, e := range t.Entries() {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return nil
}
