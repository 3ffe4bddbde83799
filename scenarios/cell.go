package scenarios

import (
	"slices"
	"strings"

	"killpoint/ring"
)

// A Mode is the way a victim dies.
type Mode string

// The modes.
const (
	Kill     Mode = "kill"     // parked at the site, killed from outside
	SelfKill Mode = "selfkill" // kills itself at the site, nothing in between
	Panic    Mode = "panic"    // a Go panic unwinds: clean-up runs
	Stop     Mode = "stop"     // stopped, and continued later: not dead at all
)

// A Variant says in what state the other side is, and how the side that sleeps
// was told to poll.
type Variant string

// The variants. An empty one is for cells in which nobody sleeps.
const (
	PollOn  Variant = "poll-on"
	PollOff Variant = "poll-off"
	Late    Variant = "late" // the peer comes after the death and finds older messages
)

// A Cell is one case of the matrix: a stable id, what is run and what must be
// seen.
type Cell struct {
	ID      string
	Site    ring.Site // the site at which the victim dies; empty if the cell has none
	Where   string    // which of the operations that pass the site, or which time; empty is the plain case
	Role    ring.Side // the victim's
	Mode    Mode
	Variant Variant
	// Want is what must be seen.
	Want Facts
	// Labels are more words to pick the cell by.
	More []string

	run func(*cellRun, Cell) Facts
	e   expectation // of the site; zero if the cell has another kind of
}

// Poll is "on", "off" or empty.
func (c Cell) Poll() string {
	if poll, ok := strings.CutPrefix(string(c.Variant), "poll-"); ok {
		return poll
	}
	return ""
}

// Outcome is what a set of facts amounts to for this cell: the fate of the
// message, and what the peer made of it.
func (c Cell) Outcome(f Facts) string {
	words := []string{}
	if m := f[FactMessage]; m != "" && m != None {
		words = append(words, m)
	}
	switch f[FactPeer] {
	case Stalls:
		words = append(words, "stall")
	case Resumes:
		if c.Variant == PollOn && c.Mode != Stop && c.e.pollOff == Stalls {
			words = append(words, "poll-recovery")
		} else if c.Mode != Stop {
			words = append(words, "signal")
		}
	}
	switch f[factOpen] {
	case answerErr:
		words = append(words, "layout-error")
	case answerOK:
		words = append(words, "usable")
	}
	return strings.Join(words, "+")
}

// Labels are the words by which a cell can be picked: site, role, mode,
// variant, and what is expected to come out.
func (c Cell) Labels() []string {
	labels := []string{}
	for _, word := range []string{string(c.Site), c.Where, string(c.Role), string(c.Mode), string(c.Variant)} {
		if word != "" {
			labels = append(labels, word)
		}
	}
	if out := c.Outcome(c.Want); out != "" {
		labels = append(labels, strings.Split(out, "+")...)
	}
	for _, word := range c.More {
		if !slices.Contains(labels, word) {
			labels = append(labels, word)
		}
	}
	return labels
}

// All returns every cell, in a fixed order. Ids are unique.
func All() []Cell {
	var cells []Cell
	for _, s := range ring.Sites() {
		cells = append(cells, siteCells(s)...)
	}
	cells = append(cells, pairCells()...)
	cells = append(cells, recreateCells()...)
	cells = append(cells, layoutCells()...)
	cells = append(cells, configCells()...)
	cells = append(cells, faultCells()...)
	cells = append(cells, usageCells()...)
	cells = append(cells, safetyCells()...)
	return cells
}

// siteCells are the cells of one site: for each of its rows, the modes times
// the variants. A site without an expectation has none, which a spec reports.
func siteCells(s ring.SiteInfo) []Cell {
	var cells []Cell
	for _, e := range rowsOf(s.Site) {
		for _, mode := range e.modes(s.Marker) {
			for _, v := range e.stage.variants() {
				c := Cell{Site: s.Site, Where: e.where, Role: s.Side, Mode: mode, Variant: v, run: e.stage.run, e: e}
				for _, word := range []string{string(s.Site), e.where, string(mode), string(v)} {
					if word != "" {
						c.ID += "/" + word
					}
				}
				c.ID = c.ID[1:]
				c.More = []string{e.stage.operation(s.Op)}
				c.Want = want(c)
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// modes are the ways to die there. At a site without a marker the victim cannot
// act itself: it is seen from outside.
func (e expectation) modes(marker bool) []Mode {
	switch {
	case !marker && e.lean:
		return []Mode{Kill}
	case !marker:
		return []Mode{Kill, Stop}
	case e.lean:
		return []Mode{Kill, Panic}
	}
	return []Mode{Kill, SelfKill, Panic, Stop}
}
