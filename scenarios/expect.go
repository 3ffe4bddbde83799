package scenarios

import (
	"slices"

	"killpoint/ring"
)

// expectation is what is documented for one site: the image that a death there
// leaves, and what becomes of the message and of a sleeping peer. Words are
// those of the facts.
type expectation struct {
	site ring.Site
	// where tells rows of one site apart: the operation that passes it, or
	// which time it is passed. It is part of the ids; empty is the plain row.
	where string
	op    operation
	hit   int  // at which the victim dies; 0 is the first, or what armedHit says
	lean  bool // killed and panicking only: other rows of the site have all modes
	// The image: each index against what it was before the operation, the slot
	// at the write index, the event word of the victim's operation; no word of
	// the event says that its sleeper has been woken by it.
	write, commit, slot, read, event string
	// message is the fate of the messages in the victim's hands; of those that
	// are partly delivered, or of those a reader holds, so many are in part.
	message string
	part    int
	// pollOn and pollOff are what a peer does that was asleep all the while;
	// late is the answer that one gets which comes afterwards.
	pollOn, pollOff, late string
	// next is where the successor's message goes.
	next string
	// header is what of it Create has stored.
	header string
	// open is what Open and Attach of the remains give.
	open string
	// path is the ring to which the path leads when one is being replaced.
	path string
}

// Words for the image.
const (
	unmoved  = "unmoved"
	advanced = "advanced"
	boundary = "at the lap boundary"

	slotEmpty      = "untouched"
	slotBodyAlone  = "body"
	slotLength     = "length"
	slotBody       = "length, body"
	slotReady      = "READY, length, body"
	slotWrapLength = "WRAP, length"
	slotWrapReady  = "READY, WRAP, length"

	eventSet   = "set"
	eventReset = "reset"

	sameSlot  = "same slot"
	behind    = "behind the message"
	lapStart  = "offset 0"
	answerOK  = "ok"
	answerErr = "layout"

	answerBusy = "busy"
	answerFull = "full"

	oldRing   = "old ring"
	freshRing = "fresh ring"
)

// expectations is the contract: at least one row for every site of the
// catalogue, and one for each operation that passes it in another way.
var expectations = slices.Concat(own,
	also("to-the-brim", brimming, pushSites[3:]...),
	also("batch", batching, pushSites...),
	batchRows,
	also("commit", committing, pushSites[2:]...),
	also("reserve", reserveWrapping, wrapSites...),
	also("reserve", reserveWaiting, spaceSites...),
	also("the-only", emptying, popSites[1:]...),
	peekRows,
	also("release", peeking, popSites[1:]...),
	also("release-over-marker", peekingOver, popSites[1:]...),
	also("peek", peekSkipping, skipSites...),
	also("peek", peekWaiting, dataSites...),
	replaceRows,
)

var (
	wrapSites  = []ring.Site{ring.WriterAfterWrapHeader, ring.WriterAfterWrapPublish, ring.WriterAfterWrapStore, ring.WriterAfterWrapAdvance, ring.WriterBeforeWrapWake, ring.WriterAfterWrapSignal}
	pushSites  = []ring.Site{ring.WriterAfterWriteHeader, ring.WriterAfterWritePayload, ring.WriterAfterPublishHeader, ring.WriterAfterWriteStore, ring.WriterAfterWriteAdvance, ring.WriterBeforeDataWake, ring.WriterAfterDataSignal}
	spaceSites = []ring.Site{ring.WriterBeforeFullWake, ring.WriterAfterSpaceReset, ring.WriterBeforeSpaceWait, ring.WriterInSpaceWait, ring.WriterAfterSpaceWait}
	popSites   = []ring.Site{ring.ReaderBeforeReadAdvance, ring.ReaderAfterReadAdvance, ring.ReaderBeforeSpaceWake, ring.ReaderAfterSpaceSignal}
	skipSites  = []ring.Site{ring.ReaderAfterWrapReadAdvance, ring.ReaderBeforeWrapSpaceWake, ring.ReaderAfterWrapSpaceSignal}
	dataSites  = []ring.Site{ring.ReaderBeforeEmptyWake, ring.ReaderAfterDataReset, ring.ReaderBeforeDataWait, ring.ReaderInDataWait, ring.ReaderAfterDataWait}
)

// also are the rows of sites that another operation passes with the same
// effect.
func also(where string, o operation, sites ...ring.Site) []expectation {
	var rows []expectation
	for _, e := range own {
		if slices.Contains(sites, e.site) {
			e.where, e.op, e.lean = where, o, true
			rows = append(rows, e)
		}
	}
	return rows
}

var own = []expectation{
	{site: ring.WriterCreateBeforeInit, op: creating, header: "magic 0x0, version 0, capacity 0", open: answerErr},
	{site: ring.WriterCreateBeforeMagic, op: creating, header: "magic 0x0, version 0, capacity 256", open: answerErr},
	{site: ring.WriterCreateAfterInit, op: creating, header: "magic 0x4b504e54, version 1, capacity 256", open: answerOK},

	{site: ring.WriterAttachBeforeMap, op: attaching},
	{site: ring.WriterAttachAfterMap, op: attaching},

	{site: ring.WriterAfterWrapHeader, op: wrapping, write: unmoved, commit: unmoved, slot: slotWrapLength, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	{site: ring.WriterAfterWrapPublish, op: wrapping, write: unmoved, commit: unmoved, slot: slotWrapReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	{site: ring.WriterAfterWrapStore, op: wrapping, write: boundary, commit: unmoved, slot: slotWrapReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	{site: ring.WriterAfterWrapAdvance, op: wrapping, write: boundary, commit: boundary, slot: slotWrapReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	{site: ring.WriterBeforeWrapWake, op: wrapping, write: boundary, commit: boundary, slot: slotWrapReady, event: eventSet, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	{site: ring.WriterAfterWrapSignal, op: wrapping, write: boundary, commit: boundary, slot: slotWrapReady, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},

	{site: ring.WriterAfterWriteHeader, op: pushing, write: unmoved, commit: unmoved, slot: slotLength, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	{site: ring.WriterAfterWritePayload, op: pushing, write: unmoved, commit: unmoved, slot: slotBody, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	{site: ring.WriterAfterPublishHeader, op: pushing, write: unmoved, commit: unmoved, slot: slotReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	{site: ring.WriterAfterWriteStore, op: pushing, write: advanced, commit: unmoved, slot: slotReady, event: eventReset, message: Delivered, pollOn: Resumes, pollOff: Stalls, next: behind},
	{site: ring.WriterAfterWriteAdvance, op: pushing, write: advanced, commit: advanced, slot: slotReady, event: eventReset, message: Delivered, pollOn: Resumes, pollOff: Stalls, next: behind},
	{site: ring.WriterBeforeDataWake, op: pushing, write: advanced, commit: advanced, slot: slotReady, event: eventSet, message: Delivered, pollOn: Resumes, pollOff: Stalls, next: behind},
	{site: ring.WriterAfterDataSignal, op: pushing, write: advanced, commit: advanced, slot: slotReady, message: Delivered, pollOn: Resumes, pollOff: Resumes, next: behind},

	{site: ring.WriterAfterReserve, op: committing, write: unmoved, commit: unmoved, slot: slotEmpty, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	{site: ring.WriterBeforeCommit, op: committing, write: unmoved, commit: unmoved, slot: slotBodyAlone, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},

	{site: ring.WriterBeforeFullWake, op: spaceWaiting, write: unmoved, event: eventSet, message: Lost},
	{site: ring.WriterAfterSpaceReset, op: spaceWaiting, write: unmoved, event: eventReset, message: Lost},
	{site: ring.WriterBeforeSpaceWait, op: spaceWaiting, write: unmoved, event: eventReset, message: Lost},
	{site: ring.WriterInSpaceWait, op: spaceWaiting, write: unmoved, event: eventReset, message: Lost},
	{site: ring.WriterAfterSpaceWait, op: spaceWaiting, write: unmoved, event: eventSet, message: Lost},

	{site: ring.ReaderOpenBeforeMap, op: opening, message: Safe},
	{site: ring.ReaderOpenAfterMap, op: opening, message: Safe},

	{site: ring.ReaderBeforeReadAdvance, op: popping, read: unmoved, event: eventReset, message: Duplicate, pollOn: Waits, pollOff: Waits, late: answerFull},
	{site: ring.ReaderAfterReadAdvance, op: popping, read: advanced, event: eventReset, message: Consumed, pollOn: Resumes, pollOff: Stalls, late: answerOK},
	{site: ring.ReaderBeforeSpaceWake, op: popping, read: advanced, event: eventSet, message: Consumed, pollOn: Resumes, pollOff: Stalls, late: answerOK},
	{site: ring.ReaderAfterSpaceSignal, op: popping, read: advanced, message: Consumed, pollOn: Resumes, pollOff: Resumes, late: answerOK},

	{site: ring.ReaderAfterWrapReadAdvance, op: skipping, read: boundary, event: eventReset, message: Safe, pollOn: Resumes, pollOff: Stalls, late: answerOK},
	{site: ring.ReaderBeforeWrapSpaceWake, op: skipping, read: boundary, event: eventSet, message: Safe, pollOn: Resumes, pollOff: Stalls, late: answerOK},
	{site: ring.ReaderAfterWrapSpaceSignal, op: skipping, read: boundary, message: Safe, pollOn: Resumes, pollOff: Resumes, late: answerOK},

	{site: ring.ReaderBeforeEmptyWake, op: dataWaiting, read: unmoved, event: eventSet, message: Safe},
	{site: ring.ReaderAfterDataReset, op: dataWaiting, read: unmoved, event: eventReset, message: Safe},
	{site: ring.ReaderBeforeDataWait, op: dataWaiting, read: unmoved, event: eventReset, message: Safe},
	{site: ring.ReaderInDataWait, op: dataWaiting, read: unmoved, event: eventReset, message: Safe},
	{site: ring.ReaderAfterDataWait, op: dataWaiting, read: unmoved, event: eventSet, message: Safe},
}

// A batch is published together: at its end, and before that with the marker at
// the end of a lap and before the writer sleeps.
var batchRows = []expectation{
	{site: ring.WriterAfterBatchRecord, where: "1-of-4", hit: 1, op: batching, write: unmoved, commit: unmoved, slot: slotReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	{site: ring.WriterAfterBatchRecord, where: "2-of-4", hit: 2, lean: true, op: batching, write: unmoved, commit: unmoved, slot: slotReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	{site: ring.WriterAfterBatchRecord, where: "4-of-4", hit: 4, op: batching, write: unmoved, commit: unmoved, slot: slotReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},

	{site: ring.WriterAfterWrapHeader, where: "batch", lean: true, op: batchWrapping, write: unmoved, commit: unmoved, slot: slotReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	{site: ring.WriterAfterWrapPublish, where: "batch", lean: true, op: batchWrapping, write: unmoved, commit: unmoved, slot: slotReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	{site: ring.WriterAfterWrapStore, where: "batch", lean: true, op: batchWrapping, write: boundary, commit: unmoved, slot: slotReady, event: eventReset, message: Partly, part: 2, pollOn: Resumes, pollOff: Stalls, next: lapStart},
	{site: ring.WriterAfterWrapAdvance, where: "batch", lean: true, op: batchWrapping, write: boundary, commit: boundary, slot: slotReady, event: eventReset, message: Partly, part: 2, pollOn: Resumes, pollOff: Stalls, next: lapStart},
	{site: ring.WriterBeforeWrapWake, where: "batch", lean: true, op: batchWrapping, write: boundary, commit: boundary, slot: slotReady, event: eventSet, message: Partly, part: 2, pollOn: Resumes, pollOff: Stalls, next: lapStart},
	{site: ring.WriterAfterWrapSignal, where: "batch", lean: true, op: batchWrapping, write: boundary, commit: boundary, slot: slotReady, message: Partly, part: 2, pollOn: Resumes, pollOff: Resumes, next: lapStart},
	{site: ring.WriterAfterBatchRecord, where: "3-of-4-behind-marker", hit: 3, lean: true, op: batchWrapping, write: boundary, commit: boundary, slot: slotReady, message: Partly, part: 2, pollOn: Resumes, pollOff: Resumes, next: lapStart},
	{site: ring.WriterAfterWriteStore, where: "batch-behind-marker", lean: true, op: batchWrapping, write: advanced, commit: boundary, slot: slotReady, message: Delivered, pollOn: Resumes, pollOff: Resumes, next: behind},

	{site: ring.WriterAfterWriteStore, where: "batch-flush", lean: true, op: batchWaiting, write: advanced, event: eventSet, message: Partly, part: 3},
	{site: ring.WriterBeforeFullWake, where: "batch", lean: true, op: batchWaiting, write: unmoved, slot: slotReady, event: eventSet, message: Lost},
	{site: ring.WriterAfterSpaceReset, where: "batch", lean: true, op: batchWaiting, write: advanced, event: eventReset, message: Partly, part: 3},
	{site: ring.WriterBeforeSpaceWait, where: "batch", lean: true, op: batchWaiting, write: advanced, event: eventReset, message: Partly, part: 3},
	{site: ring.WriterInSpaceWait, where: "batch", lean: true, op: batchWaiting, write: advanced, event: eventReset, message: Partly, part: 3},
	{site: ring.WriterAfterSpaceWait, where: "batch", lean: true, op: batchWaiting, write: advanced, event: eventSet, message: Partly, part: 3},
}

// Peeked messages are consumed together, by Release; part is how many of them
// the victim holds.
var peekRows = []expectation{
	{site: ring.ReaderAfterPeek, where: "1-of-3", hit: 1, op: peeking, read: unmoved, event: eventReset, message: Safe, pollOn: Waits, pollOff: Waits, late: answerFull},
	{site: ring.ReaderAfterPeek, where: "3-of-3", hit: 3, part: 2, lean: true, op: peeking, read: unmoved, event: eventReset, message: Duplicate, pollOn: Waits, pollOff: Waits, late: answerFull},
	{site: ring.ReaderBeforeRelease, part: 3, op: peeking, read: unmoved, event: eventReset, message: Duplicate, pollOn: Waits, pollOff: Waits, late: answerFull},

	{site: ring.ReaderAfterPeek, where: "batch-3-of-3", hit: 3, lean: true, op: peekingBatch, read: unmoved, event: eventReset, message: Safe, pollOn: Waits, pollOff: Waits, late: answerFull},
	{site: ring.ReaderBeforeRelease, where: "batch", part: 3, lean: true, op: peekingBatch, read: unmoved, event: eventReset, message: Duplicate, pollOn: Waits, pollOff: Waits, late: answerFull},

	{site: ring.ReaderAfterPeek, where: "2-of-2-over-marker", hit: 2, part: 1, lean: true, op: peekingOver, read: unmoved, event: eventReset, message: Duplicate, pollOn: Waits, pollOff: Waits, late: answerFull},
	{site: ring.ReaderBeforeRelease, where: "over-marker", part: 2, lean: true, op: peekingOver, read: unmoved, event: eventReset, message: Duplicate, pollOn: Waits, pollOff: Waits, late: answerFull},
}

var replaceRows = []expectation{
	{site: ring.WriterReplaceBeforeRename, op: replacing, path: oldRing},
	{site: ring.WriterReplaceAfterRename, op: replacing, path: freshRing},
	{site: ring.WriterCreateBeforeInit, where: "replace", lean: true, op: replacing, path: oldRing},
	{site: ring.WriterCreateBeforeMagic, where: "replace", lean: true, op: replacing, path: oldRing},
	{site: ring.WriterCreateAfterInit, where: "replace", lean: true, op: replacing, path: oldRing},
}

// rowsOf are the rows of one site.
func rowsOf(s ring.Site) []expectation {
	var rows []expectation
	for _, e := range expectations {
		if e.site == s {
			rows = append(rows, e)
		}
	}
	return rows
}

// ExpectedSites lists the sites for which something is documented, in no
// particular order.
func ExpectedSites() []ring.Site {
	var sites []ring.Site
	for _, e := range expectations {
		sites = append(sites, e.site)
	}
	return sites
}

// ConsistentSites are the sites, in the order of the catalogue, at which the side
// that stands there may have left a ring as it is in the snapshot: what is
// documented for the site contradicts nothing there. Most images fit several
// sites: those between which no index and no header is stored (event words prove
// nothing, since the peer stores them too), and those of the other side, which may
// be anywhere. Those of a writer that replaces the ring are never among them.
func ConsistentSites(s ring.Snapshot) []ring.Site {
	return sitesWhere(func(e expectation) bool { return e.fits(s) })
}

// ToldSites are those of them for which the image holds a trace of the very
// operation that was cut off there: words that no operation leaves behind at its
// end. A record behind the write index is such a trace in the first lap only,
// while all bytes there are zero before; later it may be of an earlier lap.
func ToldSites(s ring.Snapshot) []ring.Site {
	return sitesWhere(func(e expectation) bool { return e.fits(s) && e.told(s) })
}

func (e expectation) told(s ring.Snapshot) bool {
	switch {
	case s.Problem != nil, s.Commit != s.Write:
		return siteInfo(e.site).Side == ring.WriterSide && !e.op.joins
	case s.Write >= s.Capacity, s.Next == nil, e.write != unmoved, e.slot == slotEmpty, e.slot == slotBodyAlone:
		return false
	}
	return e.slot != "" && (s.Next.Ready || s.Next.Wrap || s.Next.Length > 0)
}

// sitesWhere are the sites with such a row.
func sitesWhere(holds func(expectation) bool) []ring.Site {
	var sites []ring.Site
	for _, e := range expectations {
		if !slices.Contains(sites, e.site) && holds(e) {
			sites = append(sites, e.site)
		}
	}
	order := map[ring.Site]int{}
	for i, info := range ring.Sites() {
		order[info.Site] = i
	}
	slices.SortFunc(sites, func(a, b ring.Site) int { return order[a] - order[b] })
	return sites
}

// fits reports whether nothing in the snapshot contradicts the row.
func (e expectation) fits(s ring.Snapshot) bool {
	if e.op.replaces {
		return false // its own file lies beside the one that it replaces, which tells nothing
	}
	if e.header != "" && e.open == answerErr {
		return s.Unfinished && e.header == headerWord(s)
	}
	if s.Problem != nil {
		return false
	}
	if e.header != "" {
		return s.Write == 0 && s.Commit == 0 && s.Read == 0 // only its creator has had it
	}
	if siteInfo(e.site).Side == ring.ReaderSide {
		return e.read == unmoved || e.read == "" || s.Read > 0
	}
	stored := e.site == ring.WriterAfterWriteStore || e.site == ring.WriterAfterWrapStore
	switch {
	case e.op.joins: // it has stored nothing, and finds what others have left
		return true
	case stored != (s.Commit != s.Write):
		return false
	case e.write == unmoved && e.slot != "":
		return s.Next != nil && slotFits(*s.Next, e.slot)
	case e.write == boundary:
		return s.Write > 0
	}
	return e.write == "" || e.write == unmoved || s.Write > 0
}

// slotFits reports whether a record that is not published is what the row says.
// What the victim has not stored is of an earlier lap and contradicts nothing.
func slotFits(rec ring.Record, want string) bool {
	switch want {
	case slotLength, slotBody:
		return !rec.Ready && !rec.Wrap
	case slotReady:
		return rec.Ready && !rec.Wrap
	case slotWrapLength:
		return !rec.Ready && rec.Wrap
	case slotWrapReady:
		return rec.Ready && rec.Wrap
	}
	return true
}
