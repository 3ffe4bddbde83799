package scenarios

import (
	"fmt"
)

// A stage is a scene in which a site can be reached: how the ring is prepared,
// what the victim does, who else is there. Sites of one operation share one.
type stage int

const (
	creating stage = iota + 1
	replacing
	attaching
	pushing
	brimming // a push that fills the whole ring
	wrapping // a push that gives up the rest of the lap
	spaceWaiting
	batching
	batchWrapping
	batchWaiting // a batch for which there is not room enough
	committing   // a reservation and its commit
	reserveWrapping
	reserveWaiting
	opening
	popping
	emptying // a pop that empties a full ring
	skipping // a pop behind a wrap marker
	dataWaiting
	peeking      // several messages, and their release
	peekingBatch // the same by one call
	peekingOver  // with a wrap marker among them
	peekSkipping // behind a wrap marker
	peekWaiting
)

// run plays the scene up to the end and tells what was seen.
func (s stage) run(l *lab, c Cell) Facts {
	switch s {
	case creating:
		return runCreate(l, c)
	case replacing:
		return runReplace(l, c)
	case attaching, opening:
		return runJoin(l, c)
	case pushing, brimming, wrapping, batching, batchWrapping, committing, reserveWrapping:
		return runPush(l, c)
	case popping, emptying, skipping, peeking, peekingBatch, peekingOver, peekSkipping:
		return runPop(l, c)
	case spaceWaiting, batchWaiting, reserveWaiting:
		return runSpaceWait(l, c)
	case dataWaiting, peekWaiting:
		return runDataWait(l, c)
	}
	panic(fmt.Sprintf("scenarios: no stage for %s", c.ID))
}

// want adds what must be seen of the stage to what must be seen of the site.
func (s stage) want(c Cell, f Facts) {
	switch s {
	case creating:
		wantCreate(c, f)
	case replacing:
		wantReplace(c, f)
	case attaching, opening:
		wantJoin(c, f)
	case pushing, brimming, wrapping, batching, batchWrapping, committing, reserveWrapping:
		wantPush(c, f)
	case popping, emptying, skipping, peeking, peekingBatch, peekingOver, peekSkipping:
		wantPop(c, f)
	case spaceWaiting, batchWaiting, reserveWaiting:
		wantSpaceWait(c, f)
	case dataWaiting, peekWaiting:
		wantDataWait(c, f)
	}
}

// variants are those in which the stage makes sense.
func (s stage) variants() []Variant {
	switch s {
	case creating, replacing, attaching, opening:
		return []Variant{""}
	}
	if s.victimSleeps() || s == brimming { // behind older messages there is no room
		return []Variant{PollOn, PollOff}
	}
	return []Variant{PollOn, PollOff, Late}
}

// victimSleeps tells whether the variant's polling is the victim's own.
func (s stage) victimSleeps() bool {
	switch s {
	case spaceWaiting, batchWaiting, reserveWaiting, dataWaiting, peekWaiting:
		return true
	}
	return false
}

// operation is that of the stage, or the site's own.
func (s stage) operation(own string) string {
	switch s {
	case replacing:
		return "replace"
	case batching, batchWrapping, batchWaiting:
		return "batch"
	case committing, reserveWrapping, reserveWaiting:
		return "reserve"
	case peeking, peekingBatch, peekingOver, peekSkipping, peekWaiting:
		return "peek"
	}
	return own
}
