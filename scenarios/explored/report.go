package explored

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"killpoint/harness/explore"
)

// A Report is all that was explored; it is what explore.json holds. Recovery
// and Interleavings are null where they were not run: they are about all
// operations, on the ring as it ships.
type Report struct {
	Operations    []Result       `json:"operations"`
	Recovery      *Recovery      `json:"recovery"`
	Interleavings *Interleavings `json:"interleavings"`
	// Uncalled are lines of the catalogue of equivalents that nothing needs.
	Uncalled []string `json:"uncalled,omitempty"`
	Total    Millis   `json:"ms"`
}

// WriteJSON writes the report.
func (r Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}

// Sound reports whether nothing is to be complained about.
func (r Report) Sound() bool {
	for _, o := range r.Operations {
		if !o.Sound() {
			return false
		}
	}
	return len(r.Uncalled) == 0 &&
		(r.Recovery == nil || len(r.Recovery.Violations) == 0) &&
		(r.Interleavings == nil || len(r.Interleavings.Violations) == 0)
}

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
	// Sites are those at which some crash point stands.
	Sites []string `json:"sites"`
	// Unnamed are the crash points that are at no site, neither that before the
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

// Sound reports whether nothing is to be complained about.
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

// WriteTable prints a row for each operation and build, and whatever is wrong.
func (r Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "OPERATION\tBUILD\tSTORES\tCALLS\tSTATES\tCANONICAL\tMOMENTS\tAT SITES\tLIKE\tUNNAMED\tKILLED\tBESIDE A PEER\tREPEATS\tEXPLORED\tTIME")
	kills, live, states := 0, 0, 0
	for _, o := range r.Operations {
		at, like := o.covered()
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t%v\n", o.Op, o.Build, o.Stores, o.Syscalls, o.States,
			o.Canonical, o.Moments, at, like, len(o.Unnamed), o.Kills, o.live(), o.Repeats,
			time.Duration(o.Explored).Round(10*time.Microsecond), time.Duration(o.Total).Round(time.Millisecond))
		kills, live, states = kills+o.Kills, live+o.live(), states+o.States
	}
	if err := t.Flush(); err != nil {
		return err
	}
	wrong := 0
	complain := func(format string, args ...any) {
		wrong++
		fmt.Fprintf(w, format+"\n", args...)
	}
	for _, o := range r.Operations {
		for _, v := range o.Violations {
			complain("%s, %s: %s", o.Op, o.Build, v)
		}
		for _, u := range o.Unnamed {
			complain("%s, %s: %s: no site, and no line of the catalogue", o.Op, o.Build, u)
		}
	}
	for _, u := range r.Uncalled {
		complain("catalogue of equivalents: %s", u)
	}
	if r.Recovery == nil {
		fmt.Fprintln(w, "death after death, and a peer in between: not run")
	} else {
		for _, v := range append(slices.Clone(r.Recovery.Violations), r.Interleavings.Violations...) {
			complain("%s", v)
		}
		fmt.Fprintf(w, "death after death: %d images, %d edges, %d rounds to the last new one, %d runs\n",
			r.Recovery.Images, r.Recovery.Edges, r.Recovery.Rounds, r.Recovery.Runs)
		fmt.Fprintf(w, "a peer in between: %d pairs of operations, %d runs\n", len(r.Interleavings.Pairs), r.Interleavings.Runs)
	}
	_, err := fmt.Fprintf(w, "%d operations on %d builds: %d states, %d real deaths, %d of them beside a live peer; %d complaints; %v\n",
		r.count(func(o Result) string { return o.Op }), r.count(func(o Result) string { return o.Build }),
		states, kills, live, wrong, time.Duration(r.Total).Round(100*time.Millisecond))
	return err
}

func (r Report) count(of func(Result) string) int {
	seen := map[string]bool{}
	for _, o := range r.Operations {
		seen[of(o)] = true
	}
	return len(seen)
}

// covered counts the crash points at a site, and those that are like one.
func (r Result) covered() (at, like int) {
	for _, c := range r.Covers {
		switch {
		case len(c.Sites) > 0:
			at++
		case c.Near != "":
			like++
		}
	}
	return at, like
}

func (r Result) live() (n int) {
	for _, k := range r.Live {
		n += k
	}
	return n
}

// WriteStates prints every state of every operation, and what covers it.
func (r Report) WriteStates(w io.Writer) {
	for _, o := range r.Operations {
		fmt.Fprintf(w, "%s, %s:\n", o.Op, o.Build)
		covers := o.Covers
		for i := range o.Trace.States {
			s := &o.Trace.States[i]
			text := ""
			if len(covers) > 0 && covers[0].State == s.Ordinal {
				c := covers[0]
				covers = covers[1:]
				switch {
				case len(c.Sites) > 0:
					text = strings.Join(c.Sites, ", ")
				case c.Near != "":
					text = "like " + c.Near + ": " + c.Why
				default:
					text = "UNNAMED"
				}
			}
			at := ""
			if f, ok := s.In(theRing); ok {
				at = f.String()
			}
			what := string(s.Kind)
			if s.Syscall != nil {
				what += " " + s.Syscall.String()
			}
			fmt.Fprintf(w, "%4d  %.8s  %-28s %-40s %s\n", s.Ordinal, s.Canonical, what, at, text)
		}
	}
}
