package scenarios

import (
	"fmt"
	"maps"
	"slices"
)

// Facts are what a cell saw, or what it must see, by name: "exit" is "signal
// SIGKILL". They are words, so that a report reads as it is and the judge
// needs to know nothing but equality.
type Facts map[string]string

// The names of the facts.
const (
	FactSite     = "site"     // which site was reached, on which hit
	FactExit     = "exit"     // how the victim ended
	FactFrozen   = "frozen"   // whether death changed the image taken at the site
	FactWrite    = "write"    // the index, against what it was before
	FactCommit   = "commit"   // the same
	FactRead     = "read"     // the same
	FactSlot     = "slot"     // what stands where the record would begin
	FactEvent    = "event"    // the word that the victim's side sets or resets
	FactPeer     = "peer"     // what the live peer does before anybody else comes
	FactHeld     = "held"     // what the victim had copied out
	FactMessage  = "message"  // what became of the message in the victim's hands
	FactReceived = "received" // all that readers got, in order
	FactNext     = "next"     // where the successor's message went
	FactRing     = "ring"     // the state of the ring in the end
	FactStray    = "stray"    // bytes changed that the operation has no business with
	FactAtOnce   = "at once"  // what readers have got before a successor came
	FactNextPop  = "next pop" // what a sleeping writer does after the successor's first one
	FactHeader   = "header"   // what Create has stored
	FactPath     = "path"     // the ring to which the path leads
	FactLeft     = "left"     // what else lies beside the ring's file
)

// Values of FactMessage.
const (
	Lost      = "lost"      // nobody ever gets it
	Delivered = "delivered" // some reader gets it once
	Partly    = "partly"    // of several messages, the first so many are delivered and the others lost
	Duplicate = "duplicate" // the victim had it and the successor gets it again
	Consumed  = "consumed"  // the victim had it and nobody gets it again
	Safe      = "safe"      // the victim did not have it, the successor gets it once
	None      = "none"      // there is no message in this operation
)

// Values of FactPeer.
const (
	Waits   = "waits"   // goes on sleeping, rightly: there is nothing to do
	Resumes = "resumes" // does its work
	Stalls  = "stalls"  // sleeps without end beside its work
	Ignores = "ignores" // looks, and leaves its work undone
)

// Judge compares what was seen with what must be seen, and returns a sentence
// for each difference. A fact that is missing is a difference, and so is one
// that nobody expected: a judge that looks away passes everything.
func Judge(want, got Facts) []string {
	var violations []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		seen, ok := got[name]
		switch {
		case !ok:
			violations = append(violations, fmt.Sprintf("%s: must be %q, was not seen", name, want[name]))
		case seen != want[name]:
			violations = append(violations, fmt.Sprintf("%s: must be %q, is %q", name, want[name], seen))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			violations = append(violations, fmt.Sprintf("%s: is %q, nothing was expected", name, got[name]))
		}
	}
	if len(want) == 0 {
		violations = append(violations, "nothing was expected: the cell proves nothing")
	}
	return violations
}
