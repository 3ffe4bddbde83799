package report

import (
	"fmt"
	"strings"
)

// A Planted is a planted bug, and what became of it.
type Planted struct {
	Mutant  string   `json:"mutant"` // its name
	Of      string   `json:"of"`     // "ring" or "harness"
	Why     string   `json:"why"`
	Run     int      `json:"run"`     // cells that were run
	Failed  []string `json:"failed"`  // cells that name it
	Unknown []string `json:"unknown"` // cells that could not tell
	Seen    string   `json:"seen"`    // what is wrong in the first cell that failed, or the first words of the test
	// Test is the one that must fail because of a bug that is not the ring's.
	Test string `json:"test,omitempty"`
	// Explored and Interleaved are what exploring has found, without a site and
	// with a peer in between; nil if it has found nothing or was not asked.
	Explored    *PlantedFinding `json:"explored"`
	Interleaved *PlantedFinding `json:"interleaved"`
	// Missed are those of "matrix", "explore", "interleave" and the test that must
	// catch the bug and have not.
	Missed []string `json:"missed"`
}

// A PlantedFinding is the first thing that exploring finds wrong with a ring.
type PlantedFinding struct {
	Op   string `json:"op"`
	What string `json:"what"`
	Runs int    `json:"runs"` // operations that were explored until then
}

// Caught reports whether all that must catch the bug have caught it.
func (c Planted) Caught() bool { return len(c.Missed) == 0 && len(c.By()) > 0 }

// By names what has caught the bug, but for cells.
func (c Planted) By() (by []string) {
	if len(c.Failed) > 0 {
		by = append(by, "the matrix")
	}
	if c.Explored != nil {
		by = append(by, "exploring "+c.Explored.Op)
	}
	if c.Interleaved != nil {
		by = append(by, "a peer in between, "+c.Interleaved.Op)
	}
	if c.Test != "" && len(c.Missed) == 0 {
		by = append(by, c.Test)
	}
	return by
}

// String is what is said of a planted bug: a line for each that can catch it.
func (c Planted) String() string {
	lines := []string{fmt.Sprintf("%-32s %s", c.Mutant, c.Why)}
	say := func(format string, args ...any) {
		lines = append(lines, fmt.Sprintf("%-32s   ", "")+fmt.Sprintf(format, args...))
	}
	const shown = 3
	unknown := ""
	if len(c.Unknown) > 0 {
		unknown = fmt.Sprintf(", %d unknown", len(c.Unknown))
	}
	switch n := len(c.Failed); {
	case c.Test != "" && len(c.Missed) == 0:
		say("caught by %s", c.Test)
		say("  %s", c.Seen)
	case c.Test != "": // said below
	case c.Run == 0:
		say("matrix: not asked, no cell can see it")
	case n == 0:
		say("matrix: NOT CAUGHT, %d cells run%s", c.Run, unknown)
	default:
		more := ""
		if n > shown {
			more = fmt.Sprintf(" and %d more", n-shown)
		}
		say("matrix: caught by %s%s, %d cells run%s", strings.Join(c.Failed[:min(n, shown)], ", "), more, c.Run, unknown)
		say("  %s", c.Seen)
	}
	found := func(who string, f *PlantedFinding) {
		if f != nil {
			what, _, _ := strings.Cut(f.What, "\n")
			say("%s: caught in %s", who, f.Op)
			say("  %s", what)
		}
	}
	found("exploring", c.Explored)
	found("a peer in between", c.Interleaved)
	for _, who := range c.Missed {
		say("NOT CAUGHT though it must be: %s", who)
	}
	return strings.Join(lines, "\n")
}
