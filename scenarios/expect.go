package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"killpoint/ring"
)

// expectation is what is documented for one site: the image that a death there
// leaves, and what becomes of the message and of a sleeping peer. Words are
// those of the facts.
type expectation struct {
	stage stage
	// The image: each index against what it was before the operation, the slot
	// at the write index, the event word of the victim's operation; no word of
	// the event says that its sleeper has been woken by it.
	write, commit, slot, read, event string
	// message is the fate of the message in the victim's hands.
	message string
	// pollOn and pollOff are what a peer does that was asleep all the while;
	// late is the answer that one gets which comes afterwards.
	pollOn, pollOff, late string
	// next is where the successor's message goes.
	next string
	// header is what of it Create has stored.
	header string
	// open is what Open and Attach of the remains give.
	open string
}

// Words for the image.
const (
	unmoved  = "unmoved"
	advanced = "advanced"
	boundary = "at the lap boundary"

	slotEmpty      = "untouched"
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
)

// expectations is the contract: one row for every site of the catalogue.
var expectations = map[ring.Site]expectation{
	ring.WriterCreateBeforeInit:  {stage: creating, header: "magic 0x0, version 0, capacity 0", open: answerErr},
	ring.WriterCreateBeforeMagic: {stage: creating, header: "magic 0x0, version 0, capacity 256", open: answerErr},
	ring.WriterCreateAfterInit:   {stage: creating, header: "magic 0x4b504e54, version 1, capacity 256", open: answerOK},

	ring.WriterAttachBeforeMap: {stage: attaching},
	ring.WriterAttachAfterMap:  {stage: attaching},

	ring.WriterAfterWrapHeader:  {stage: wrapping, write: unmoved, commit: unmoved, slot: slotWrapLength, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	ring.WriterAfterWrapPublish: {stage: wrapping, write: unmoved, commit: unmoved, slot: slotWrapReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	ring.WriterAfterWrapStore:   {stage: wrapping, write: boundary, commit: unmoved, slot: slotWrapReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	ring.WriterAfterWrapAdvance: {stage: wrapping, write: boundary, commit: boundary, slot: slotWrapReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	ring.WriterBeforeWrapWake:   {stage: wrapping, write: boundary, commit: boundary, slot: slotWrapReady, event: eventSet, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},
	ring.WriterAfterWrapSignal:  {stage: wrapping, write: boundary, commit: boundary, slot: slotWrapReady, message: Lost, pollOn: Waits, pollOff: Waits, next: lapStart},

	ring.WriterAfterWriteHeader:   {stage: pushing, write: unmoved, commit: unmoved, slot: slotLength, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	ring.WriterAfterWritePayload:  {stage: pushing, write: unmoved, commit: unmoved, slot: slotBody, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	ring.WriterAfterPublishHeader: {stage: pushing, write: unmoved, commit: unmoved, slot: slotReady, event: eventReset, message: Lost, pollOn: Waits, pollOff: Waits, next: sameSlot},
	ring.WriterAfterWriteStore:    {stage: pushing, write: advanced, commit: unmoved, slot: slotReady, event: eventReset, message: Delivered, pollOn: Resumes, pollOff: Stalls, next: behind},
	ring.WriterAfterWriteAdvance:  {stage: pushing, write: advanced, commit: advanced, slot: slotReady, event: eventReset, message: Delivered, pollOn: Resumes, pollOff: Stalls, next: behind},
	ring.WriterBeforeDataWake:     {stage: pushing, write: advanced, commit: advanced, slot: slotReady, event: eventSet, message: Delivered, pollOn: Resumes, pollOff: Stalls, next: behind},
	ring.WriterAfterDataSignal:    {stage: pushing, write: advanced, commit: advanced, slot: slotReady, message: Delivered, pollOn: Resumes, pollOff: Resumes, next: behind},

	ring.WriterAfterSpaceReset: {stage: spaceWaiting, write: unmoved, event: eventReset, message: Lost},
	ring.WriterBeforeSpaceWait: {stage: spaceWaiting, write: unmoved, event: eventReset, message: Lost},
	ring.WriterInSpaceWait:     {stage: spaceWaiting, write: unmoved, event: eventReset, message: Lost},
	ring.WriterAfterSpaceWait:  {stage: spaceWaiting, write: unmoved, event: eventSet, message: Lost},

	ring.ReaderOpenBeforeMap: {stage: opening, message: Safe},
	ring.ReaderOpenAfterMap:  {stage: opening, message: Safe},

	ring.ReaderBeforeReadAdvance: {stage: popping, read: unmoved, event: eventReset, message: Duplicate, pollOn: Waits, pollOff: Waits, late: "full"},
	ring.ReaderAfterReadAdvance:  {stage: popping, read: advanced, event: eventReset, message: Consumed, pollOn: Resumes, pollOff: Stalls, late: answerOK},
	ring.ReaderBeforeSpaceWake:   {stage: popping, read: advanced, event: eventSet, message: Consumed, pollOn: Resumes, pollOff: Stalls, late: answerOK},
	ring.ReaderAfterSpaceSignal:  {stage: popping, read: advanced, message: Consumed, pollOn: Resumes, pollOff: Resumes, late: answerOK},

	ring.ReaderAfterWrapReadAdvance: {stage: skipping, read: boundary, event: eventReset, message: Safe, pollOn: Resumes, pollOff: Stalls, late: answerOK},
	ring.ReaderBeforeWrapSpaceWake:  {stage: skipping, read: boundary, event: eventSet, message: Safe, pollOn: Resumes, pollOff: Stalls, late: answerOK},
	ring.ReaderAfterWrapSpaceSignal: {stage: skipping, read: boundary, message: Safe, pollOn: Resumes, pollOff: Resumes, late: answerOK},

	ring.ReaderAfterDataReset: {stage: dataWaiting, read: unmoved, event: eventReset, message: Safe},
	ring.ReaderBeforeDataWait: {stage: dataWaiting, read: unmoved, event: eventReset, message: Safe},
	ring.ReaderInDataWait:     {stage: dataWaiting, read: unmoved, event: eventReset, message: Safe},
	ring.ReaderAfterDataWait:  {stage: dataWaiting, read: unmoved, event: eventSet, message: Safe},
}

// want turns the row of a site into the facts that one cell must see.
func want(c Cell, e expectation) Facts {
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
	e.stage.want(c, e, f)
	return f
}

// still tells whether nobody but the victim changes the image: the peer is not
// there, or sleeps with polling off and was not woken. Only then can the event
// word be judged, and whether death changed anything.
func still(c Cell) bool {
	e := expectations[c.Site]
	return e.stage.victimSleeps() || c.Variant == Late || c.Variant == "" || c.Variant == PollOff && e.event != ""
}

// armedHit is the hit at which a site is armed. A late victim pushes one
// message of its own before, so that not only first hits are ever tested; the
// wake of its second push falls away, because nobody slept since the first.
func armedHit(c Cell) int {
	if expectations[c.Site].stage == pushing && c.Variant == Late && c.Site != ring.WriterBeforeDataWake {
		return 2
	}
	if afterReset(c.Site) {
		return 2 // the first time there is nothing to look at yet
	}
	return 1
}

// afterReset tells whether the victim has just reset the event that woke it: the
// one moment at which there is work and no event set.
func afterReset(s ring.Site) bool {
	return s == ring.WriterAfterSpaceReset || s == ring.ReaderAfterDataReset
}

// received lists the messages that readers must get in all, in order.
func received(names ...string) string {
	var got []string
	for _, n := range names {
		if n != "" {
			got = append(got, n)
		}
	}
	return strings.Join(got, " ")
}

// when returns the name if the condition holds, else nothing.
func when(condition bool, name string) string {
	if condition {
		return name
	}
	return ""
}

// ExpectedSites lists the sites for which something is documented, in no
// particular order.
func ExpectedSites() []ring.Site {
	return slices.Collect(maps.Keys(expectations))
}
