package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"killpoint/ring"
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

// want turns the row of a site into the facts that one cell must see.
func want(c Cell) Facts {
	e := c.e
	f := Facts{
		FactSite: fmt.Sprintf("%s, hit %d", c.Site, armedHit(c)),
		FactExit: map[Mode]string{Kill: "signal SIGKILL", SelfKill: "signal SIGKILL", Panic: "code 2", Stop: "code 0"}[c.Mode],
		FactRing: "sound",
	}
	peer := map[Variant]string{PollOn: e.pollOn, PollOff: e.pollOff, Late: e.late}[c.Variant]
	if c.Mode == Stop && peer == Stalls {
		peer = Waits // whoever is to wake it lives
	}
	if c.Mode == Kill && still(c) {
		f[FactFrozen] = "yes"
	}
	image := map[string]string{FactWrite: e.write, FactCommit: e.commit, FactSlot: e.slot, FactRead: e.read, FactPeer: peer}
	if still(c) && c.Variant != Late {
		image[FactEvent] = e.event
	}
	for name, value := range image {
		if value != "" {
			f[name] = value
		}
	}
	if c.Variant == Late && c.Role == ring.WriterSide {
		delete(f, FactPeer)
	}
	if e.message != "" {
		f[FactMessage] = e.message
	}
	e.op.play.want(c, f)
	return f
}

// still reports whether nobody but the victim changes the image: the peer is not
// there, or sleeps with polling off and was not woken. Only then can the event
// word be judged, and whether death changed anything.
func still(c Cell) bool {
	e := c.e
	return e.op.play.sleeps || c.Variant == Late || c.Variant == "" || c.Variant == PollOff && e.event != ""
}

// armedHit is the hit at which a site is armed. A late victim pushes one
// message of its own before, so that not only first hits are ever tested; the
// wake of its second push falls away, because nobody slept since the first.
func armedHit(c Cell) int {
	if c.e.hit != 0 {
		return c.e.hit
	}
	if c.e.op.again && c.Variant == Late && c.Site != ring.WriterBeforeDataWake {
		return 2
	}
	if afterReset(c.Site) {
		return 2 // the first time there is nothing to look at yet
	}
	return 1
}

// afterReset reports whether the victim has just reset the event that woke it: the
// one moment at which there is work and no event set.
func afterReset(s ring.Site) bool {
	return s == ring.WriterAfterSpaceReset || s == ring.ReaderAfterDataReset
}

// received lists messages, such as those that readers must get in all, in order.
func received(names ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" }), " ")
}

// when returns the name if the condition holds, else nothing.
func when(condition bool, name string) string {
	if condition {
		return name
	}
	return ""
}

// orNothing is the list, or a word for an empty one.
func orNothing(list string) string {
	if list == "" {
		return "nothing"
	}
	return list
}

// common are the facts of every site cell.
func (l *cellRun) common(c Cell) Facts {
	f := Facts{
		FactSite:     fmt.Sprintf("%s, hit %d", c.Site, l.hit),
		FactExit:     l.exit,
		FactRing:     soundness(l.image()),
		FactReceived: received(l.got...),
	}
	if c.Mode == Kill && still(c) {
		f[FactFrozen] = frozen(l.atSite, l.atDeath)
	}
	return f
}

// frozen says whether a victim has stored nothing between its park and its death.
func frozen(atSite, atDeath []byte) string {
	if string(atSite) != string(atDeath) {
		return "no: " + firstDifference(atSite, atDeath)
	}
	return "yes"
}

// span is a range of bytes of the ring file.
type span struct{ from, to int }

// stray names the first byte outside the given spans that differs between the
// start of the victim and its death: clean-up after a panic, for one, must not
// repair anything.
func (l *cellRun) stray(allowed ...span) string {
	for i := range l.atDeath {
		within := false
		for _, s := range allowed {
			within = within || s.from <= i && i < s.to
		}
		if !within && l.before[i] != l.atDeath[i] {
			return fmt.Sprintf("byte %d was %#x, is %#x", i, l.before[i], l.atDeath[i])
		}
	}
	return "nothing"
}

func soundness(image []byte) string {
	if problem := ring.Decode(image).Problem; problem != nil {
		return problem.Error()
	}
	return "sound"
}

func firstDifference(a, b []byte) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("byte %d was %#x, is %#x", i, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d bytes became %d", len(a), len(b))
}

// moved names an index that stood at start.
func moved(index, start, size uint64, capacity int) string {
	switch index {
	case start:
		return unmoved
	case start + size:
		return advanced
	case (start/uint64(capacity) + 1) * uint64(capacity):
		return boundary
	}
	return fmt.Sprintf("%d (was %d)", index, start)
}

func eventWord(word uint32) string {
	switch word {
	case 0:
		return eventReset
	case 1:
		return eventSet
	}
	return fmt.Sprint(word)
}

// fate is what became of a message that a reader had or was about to get.
func fate(victimHad bool, others int) string {
	switch {
	case victimHad && others == 0:
		return Consumed
	case victimHad && others == 1:
		return Duplicate
	case !victimHad && others == 1:
		return Safe
	case others == 0:
		return Lost
	}
	return fmt.Sprintf("received %d times", others)
}

// count is how often readers got the message of that name.
func (l *cellRun) count(name string) int {
	n := 0
	for _, got := range l.got {
		if got == name {
			n++
		}
	}
	return n
}
