package scenarios

import (
	"slices"

	"killpoint/harness"
)

// A Mutant is a planted bug: an edit of the ring that some cell must notice.
// It is compiled by overlay; the tree never holds it.
type Mutant struct {
	Name string
	Why  string // what the bug breaks
	// Cells is a part of the ids of cells that are made for such a bug. They are
	// asked first; a bug is not caught only once all cells have missed it.
	Cells string
	Edits []harness.Edit
}

// inRing edits one file of the ring. The old text is as short as it can be, so
// that it outlives changes of the ring.
func inRing(file, old, new string) harness.Edit {
	return harness.Edit{Package: "killpoint/ring", File: file, Old: old, New: new}
}

// Mutants returns the planted bugs.
func Mutants() []Mutant {
	return slices.Concat(publishBugs, waitBugs, batchBugs, roleBugs, fileBugs, hostileBugs)
}
