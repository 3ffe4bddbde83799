package scenarios

import (
	"slices"

	"killpoint/harness"
)

// A Mutant is a planted bug: an edit of the ring that something must notice. It
// is compiled by overlay; the tree never holds it.
type Mutant struct {
	Name string
	Why  string // what the bug breaks
	// Cells is a part of the ids of cells that are made for such a bug. They are
	// asked first; a bug is not caught only once all cells have missed it. Empty
	// is a bug that no cell can see.
	Cells string
	Edits []harness.Edit
	// Operation is the one in which exploring finds it, with no site named;
	// empty is a bug that leaves nothing wrong behind a death.
	Operation string
	// Duel is the operation, and what a peer does in the middle of it, by which
	// it is found; empty is a bug that one side alone shows, or that no order of
	// stores shows.
	Duel [2]string
}

// planted is a bug as the tables have it.
type planted struct {
	Name, Why, Cells string
	Edits            []harness.Edit
}

// inRing edits one file of the ring. The old text is as short as it can be, so
// that it outlives changes of the ring.
func inRing(file, old, new string) harness.Edit {
	return harness.Edit{Package: "killpoint/ring", File: file, Old: old, New: new}
}

// Mutants returns the planted bugs.
func Mutants() (all []Mutant) {
	for _, p := range slices.Concat(publishBugs, waitBugs, batchBugs, roleBugs, fileBugs, hostileBugs, subtleBugs) {
		all = append(all, Mutant{p.Name, p.Why, p.Cells, p.Edits, exploredIn[p.Name], duelledIn[p.Name]})
	}
	return all
}
