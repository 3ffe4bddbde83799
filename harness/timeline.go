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
	// Kind and Of are for programs, which need not read What then.
	Kind Kind   `json:"kind,omitempty"`
	Of   string `json:"of,omitempty"`
}

// A Kind says what sort of thing an Entry is; the empty one is a remark.
type Kind string

// The kinds, and what Entry.Of is for each.
const (
	Started   Kind = "started"   // a process; its role
	Armed     Kind = "armed"     // a site, in a child that runs; the child
	Reached   Kind = "reached"   // an armed site; the site
	Parked    Kind = "parked"    // the same, and it waits there; the site
	Released  Kind = "released"  // from where it was parked; the child
	Began     Kind = "began"     // an operation; its name
	Finished  Kind = "finished"  // an operation; its name
	Slept     Kind = "slept"     // seen asleep; "poll" if with a timeout
	Polled    Kind = "polled"    // seen in another sleep than before; nothing
	Signalled Kind = "signalled" // a signal was sent; the child
	Stopped   Kind = "stopped"   // by a signal; the signal
	Continued Kind = "continued" // nothing
	Ended     Kind = "ended"     // a process; how
	Received  Kind = "received"  // a message; its name
	Fatal     Kind = "fatal"     // a child cannot go on; nothing
)

// Timeline is who did what when, from all processes. It may be used by any
// number of goroutines; the nil Timeline records nothing.
type Timeline struct {
	mu      sync.Mutex
	entries []Entry
}

// Add records a remark about something that happens now.
func (t *Timeline) Add(who, format string, args ...any) { t.Mark("", "", who, format, args...) }

// Mark records something of a kind that happens now.
func (t *Timeline) Mark(kind Kind, of, who, format string, args ...any) {
	t.add(Entry{Time: control.Now(), Who: who, Kind: kind, Of: of}, format, args...)
}

// add completes the entry with what happened.
func (t *Timeline) add(e Entry, format string, args ...any) {
	if t == nil {
		return
	}
	e.What = format
	if len(args) > 0 {
		e.What = fmt.Sprintf(format, args...)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, e)
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
