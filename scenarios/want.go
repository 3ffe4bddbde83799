package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"killpoint/ring"
)

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
	e.stage.want(c, f)
	return f
}

// still tells whether nobody but the victim changes the image: the peer is not
// there, or sleeps with polling off and was not woken. Only then can the event
// word be judged, and whether death changed anything.
func still(c Cell) bool {
	e := c.e
	return e.stage.victimSleeps() || c.Variant == Late || c.Variant == "" || c.Variant == PollOff && e.event != ""
}

// armedHit is the hit at which a site is armed. A late victim pushes one
// message of its own before, so that not only first hits are ever tested; the
// wake of its second push falls away, because nobody slept since the first.
func armedHit(c Cell) int {
	if c.e.hit != 0 {
		return c.e.hit
	}
	if c.e.stage == pushing && c.Variant == Late && c.Site != ring.WriterBeforeDataWake {
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
