package scenarios

import (
	"fmt"
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

// Title says where the cells of a group die, or what they are about.
func (c Cell) Title() string {
	group, _, _ := strings.Cut(c.ID, "/")
	switch {
	case slices.Contains(c.More, "pair"):
		return "two deaths, one after the other"
	case slices.Contains(c.More, "recreate"):
		return "a ring that is made anew"
	case c.Site != "":
		info := siteInfo(c.Site)
		return fmt.Sprintf("%s: %s; next: %s", c.Site, info.Done, info.Next)
	}
	return map[string]string{
		"layout": "files that are no complete ring", "config": "poll intervals", "fault": "faults of an earlier ring of this design",
		"use": "calls that do not come to their proper end", "safety": "what holds wherever a process stands",
	}[group]
}

// Sentence says what happens in a cell and what is expected to come of it.
func (c Cell) Sentence() string {
	if c.Site == "" || slices.Contains(c.More, "pair") {
		_, rest, _ := strings.Cut(c.ID, "/")
		if rest == "" || slices.Contains(c.More, "pair") {
			rest = c.ID
		}
		words := strings.NewReplacer("-", " ", "/", ", ", "+", " and then ").Replace(rest)
		if m := c.Want[FactMessage]; m != "" {
			words += ": message " + m
		}
		return words
	}
	happens := map[Mode]string{
		Kill: "killed", SelfKill: "killed by itself", Panic: "panicking", Stop: "stopped and continued",
	}[c.Mode]
	if c.Where != "" {
		happens = strings.ReplaceAll(c.Where, "-", " ") + ", " + happens
	}
	sleeper, peer := "the "+string(c.otherSide()), string(c.otherSide())
	if c.e.op.play.sleeps {
		sleeper = "the victim"
	}
	switch c.Variant {
	case PollOn:
		happens += ", " + sleeper + " asleep and polling"
	case PollOff:
		happens += ", " + sleeper + " asleep without polling"
	case Late:
		happens += ", the " + peer + " comes later"
	}
	var comes []string
	if m := c.Want[FactMessage]; m != "" && m != None {
		comes = append(comes, "message "+strings.Replace(m, Partly, "partly delivered", 1))
	}
	switch p := c.Want[FactPeer]; p {
	case "":
	case answerOK:
		comes = append(comes, peer+" finds room")
	case "full":
		comes = append(comes, peer+" finds no room")
	default:
		comes = append(comes, peer+" "+p)
	}
	switch c.Want[factOpen] {
	case answerErr:
		comes = append(comes, "the file is refused")
	case answerOK:
		comes = append(comes, "the ring is usable")
	}
	if len(comes) == 0 {
		comes = append(comes, "ring "+c.Want[FactRing])
	}
	return happens + ": " + strings.Join(comes, ", ")
}

// otherSide is the peer's.
func (c Cell) otherSide() ring.Side {
	if c.Role == ring.WriterSide {
		return ring.ReaderSide
	}
	return ring.WriterSide
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
			for _, v := range e.op.play.variants {
				c := Cell{Site: s.Site, Where: e.where, Role: s.Side, Mode: mode, Variant: v, run: e.op.play.run, e: e}
				for _, word := range []string{string(s.Site), e.where, string(mode), string(v)} {
					if word != "" {
						c.ID += "/" + word
					}
				}
				c.ID = c.ID[1:]
				c.More = []string{e.op.word(s.Op)}
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
