// Package planted has the planted bugs that a test must notice: of the harness,
// the judge, the facts, exploring, soaking, its books, the report, and those of
// the ring that no death shows. Each is an edit of the sources that one named
// test must turn red: a harness whose own faults nobody notices gives verdicts
// that nobody can trust.
//
//	killpoint mutants --of harness [NAME...]
//
// applies each in a copy of the tree, runs its test there, and says whether it
// was caught. A bug belongs in the file of its area; see [Bug] for a row.
package planted

import "slices"

// A Bug is a planted bug, and the test that must fail because of it.
type Bug struct {
	Name    string // unique, in words joined by hyphens
	Why     string // what is wrong then, in a few words
	Package string // of the test, from the top of the module: "harness/soak"
	Test    string // its name; a part after a slash names a subtest, of the Specs a label
	Edits   []Edit
}

// Specs is the test that runs Ginkgo's specs, which are no subtests.
const Specs = "TestScenarios"

// An Edit replaces one piece of the text of a file. Old must occur exactly once
// in it.
type Edit struct {
	File     string // from the top of the module
	Old, New string
}

// All returns the planted bugs, area by area.
func All() []Bug {
	return slices.Concat(ringBugs, childBugs, buildBugs, exploreBugs, scenarioBugs, soakBugs, commandBugs)
}
