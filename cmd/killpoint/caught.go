package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"killpoint/scenarios"
	"killpoint/scenarios/explored"
)

// caught is what became of one planted bug.
type caught struct {
	Mutant  string   `json:"mutant"`
	Of      string   `json:"of"` // "ring" or "harness"
	Why     string   `json:"why"`
	Run     int      `json:"run"`     // cells that were run
	Failed  []string `json:"failed"`  // cells
	Unknown []string `json:"unknown"` // cells
	Seen    string   `json:"seen"`    // what is wrong in the first cell that failed, or the first words of the test
	// Test is the one that must fail because of a bug that is not the ring's.
	Test string `json:"test,omitempty"`
	// Explored and Interleaved are what exploring has found, without a site and
	// with a peer in between; nil if it has found nothing or was not asked.
	Explored    *explored.Finding `json:"explored"`
	Interleaved *explored.Finding `json:"interleaved"`
	// Missed are those of "matrix", "explore", "interleave" and the test that must
	// catch the bug and have not.
	Missed []string `json:"missed"`
}

// hunt has exploring look for the bug, if it is one that exploring must find.
func (c *caught) hunt(ctx context.Context, b *base, m scenarios.Mutant, programs scenarios.Programs) {
	plain := explored.Build{Name: explored.Plain, Program: programs.Plain}
	missed := func(who string, f *explored.Finding, err error) {
		if err != nil {
			c.Missed = append(c.Missed, fmt.Sprintf("%s, undecided: %v", who, err))
		} else if f == nil {
			c.Missed = append(c.Missed, who)
		}
	}
	var err error
	if m.Operation != "" {
		c.Explored, err = explored.Hunt(ctx, plain, b.work, m.Operation)
		missed("explore", c.Explored, err)
	}
	if m.Duel[0] != "" {
		c.Interleaved, err = explored.Contest(ctx, plain, b.work, m.Duel[0], m.Duel[1])
		missed("interleave", c.Interleaved, err)
	}
}

// tally prints who has caught how many.
func tally(all []caught, w io.Writer) error {
	ring, harness, missed, matrix, alone, between, tests := 0, 0, 0, 0, 0, 0, 0
	for _, c := range all {
		missed += min(len(c.Missed), 1)
		matrix += min(len(c.Failed), 1)
		if c.Explored != nil {
			alone++
		}
		if c.Interleaved != nil {
			between++
		}
		if c.Of == ofRing {
			ring++
			continue
		}
		harness++
		if len(c.Missed) == 0 {
			tests++
		}
	}
	if ring > 0 {
		fmt.Fprintf(w, "%d planted bugs of the ring: the matrix catches %d, exploring %d, a peer in between %d\n", ring, matrix, alone, between)
	}
	if harness > 0 {
		fmt.Fprintf(w, "%d planted bugs of the harness: tests catch %d\n", harness, tests)
	}
	fmt.Fprintf(w, "%d planted bugs, %d caught by all that must\n", len(all), len(all)-missed)
	if missed > 0 {
		return errRed
	}
	return nil
}

// String is what is said of a planted bug: a line for each that can catch it.
func (c caught) String() string {
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
	found := func(who string, f *explored.Finding) {
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
