package explored

import (
	"fmt"
	"slices"
	"time"

	"killpoint/harness/explore"
)

// A Result is what exploring one operation on one build has found.
type Result struct {
	Op       string `json:"op"`
	Build    string `json:"build"`
	Stores   int    `json:"stores"`   // that hit the ring
	Syscalls int    `json:"syscalls"` // that others could notice
	States   int    `json:"states"`
	Images   int    `json:"images"`
	// Canonical counts the images without what makes no difference.
	Canonical int `json:"canonical"`
	// Moments are distinct in their image or in the system calls done.
	Moments int     `json:"moments"`
	Covers  []Cover `json:"covers"`
	// Sites are those at which some moment stands.
	Sites []string `json:"sites"`
	// Unnamed are the moments that are at no site, neither that before the
	// operation nor that after it, and have no line among the equivalents.
	Unnamed []string `json:"unnamed"`
	Kills   int      `json:"kills"` // real deaths
	// Live counts the deaths with a live peer among them, by what it did.
	Live map[string]int `json:"live,omitempty"`
	// Repeats counts the runs that were compared with the first.
	Repeats    int      `json:"repeats"`
	Violations []string `json:"violations"`
	// Explored is the time of the operation alone, under the engine.
	Explored Millis `json:"explored_ms"`
	Total    Millis `json:"ms"`

	Trace *explore.Trace `json:"-"`
}

// Millis is a time, in milliseconds where it is written.
type Millis time.Duration

// MarshalJSON implements json.Marshaler.
func (m Millis) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", float64(m)/float64(time.Millisecond)), nil
}

func (r *Result) wrong(format string, args ...any) {
	r.Violations = append(r.Violations, fmt.Sprintf(format, args...))
}

// Sound tells whether nothing is to be complained about.
func (r *Result) Sound() bool { return len(r.Violations) == 0 && len(r.Unnamed) == 0 }

// take takes over what the trace tells.
func (r *Result) take(tr *explore.Trace, n Names) {
	st := tr.Stats
	r.Trace = tr
	r.Stores, r.Syscalls, r.States = st.Stores, st.Syscalls, len(tr.States)
	r.Images, r.Canonical, r.Explored = st.Images, st.Canonical, Millis(st.Operation)
	if n.at == nil {
		return
	}
	r.Covers = cover(tr, n)
	r.Moments = len(r.Covers)
	for _, c := range r.Covers {
		if !c.named() {
			r.Unnamed = append(r.Unnamed, c.What)
		}
		for _, s := range c.Sites {
			if s != Before && s != After && !slices.Contains(r.Sites, s) {
				r.Sites = append(r.Sites, s)
			}
		}
	}
}

// Uncalled lists the lines of the catalogue that no result needs.
func Uncalled(results []Result) (lines []string) {
	used := map[*Equivalent]bool{}
	for _, r := range results {
		for _, c := range r.Covers {
			used[c.entry] = true
		}
	}
	for i := range equivalents {
		if e := &equivalents[i]; !used[e] {
			lines = append(lines, fmt.Sprintf("%s %s %s, like %s: no state is covered by it any more", e.Func, e.Kind, e.Call, e.Near))
		}
	}
	return lines
}
