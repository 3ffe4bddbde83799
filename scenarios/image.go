package scenarios

import (
	"fmt"

	"killpoint/ring"
)

// common are the facts of every site cell.
func (l *lab) common(c Cell) Facts {
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
func (l *lab) stray(allowed ...span) string {
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
func (l *lab) count(name string) int {
	n := 0
	for _, got := range l.got {
		if got == name {
			n++
		}
	}
	return n
}
