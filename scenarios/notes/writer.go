package notes

import (
	"fmt"
	"strings"

	"killpoint/scenarios"
)

var (
	indexPhrases = map[string]string{
		"unmoved":             "as it was",
		"advanced":            "advanced",
		"at the lap boundary": "at the lap boundary",
	}
	slotPhrases = map[string]string{
		"untouched":           "the slot is untouched",
		"body":                "the slot has the body, its header is as it was",
		"length":              "the slot has the length alone, without READY",
		"length, body":        "the slot has length and body, without READY",
		"READY, length, body": "the slot has a complete record with READY",
		"WRAP, length":        "the slot has a wrap marker without READY",
		"READY, WRAP, length": "the slot has a complete wrap marker with READY",
	}
	nextPhrases = map[string]string{
		"same slot":          "A successor's first message takes the same slot.",
		"behind the message": "A successor's first message goes behind M.",
		"offset 0":           "A successor's first message goes to the beginning of the next lap.",
	}
)

// pushing tells of a writer that dies while it sends M.
func (t *teller) pushing() []string {
	return []string{
		t.publishedImage(),
		t.sleepingReader(),
		t.lateReader(),
		t.phrase(scenarios.FactNext, t.fact(scenarios.FactNext), nextPhrases),
		t.sent(),
	}
}

func (t *teller) publishedImage() string {
	write := t.phrase(scenarios.FactWrite, t.fact(scenarios.FactWrite), indexPhrases)
	commit := t.phrase(scenarios.FactCommit, t.fact(scenarios.FactCommit), indexPhrases)
	indices := fmt.Sprintf("`write` is %s, `commit` is %s", write, commit)
	if write == commit {
		indices = "`write` and `commit` are " + strings.Replace(write, "it was", "they were", 1)
	}
	return "In the image " + indices + "; " + t.phrase(scenarios.FactSlot, t.fact(scenarios.FactSlot), slotPhrases) + t.event("data_avail") + "."
}

// event says how the event word was left; nothing if the sleeper that it has
// woken may have changed it since.
func (t *teller) event(name string) string {
	word := t.fact(scenarios.FactEvent)
	if word == "" {
		return ""
	}
	return fmt.Sprintf("; `%s` is %s", name, word)
}

// both is what a sleeping peer does with polling on, and off.
func (t *teller) both() [2]string {
	return [2]string{t.fact(scenarios.FactPeer, scenarios.PollOn), t.fact(scenarios.FactPeer, scenarios.PollOff)}
}

func (t *teller) sleepingReader() string {
	peer := t.both()
	passed := [2]bool{
		t.fact(scenarios.FactRead, scenarios.PollOn) == "at the lap boundary",
		t.fact(scenarios.FactRead, scenarios.PollOff) == "at the lap boundary",
	}
	switch {
	case peer == [2]string{scenarios.Resumes, scenarios.Stalls}:
		return "A sleeping reader that polls goes on without a signal; one that does not poll stalls: asleep beside its work, for good, until a successor's next push."
	case peer == [2]string{scenarios.Resumes, scenarios.Resumes}:
		return "A sleeping reader is woken by the signal, polling or not."
	case peer != [2]string{scenarios.Waits, scenarios.Waits}:
		t.wrong = append(t.wrong, fmt.Sprintf("a sleeping reader that %v", peer))
	case passed == [2]bool{true, false}:
		return "A sleeping reader that polls consumes the marker and goes on waiting, idle, up to its own deadline; one that does not poll sleeps on. Neither misses anything."
	case passed == [2]bool{true, true}:
		return "A sleeping reader is woken, consumes the marker and sleeps again, polling or not."
	}
	return "A sleeping reader goes on waiting, polling or not: there is nothing for it."
}

// lateReader tells what one finds at once that comes after the death.
func (t *teller) lateReader() string {
	found := t.fact(scenarios.FactAtOnce, scenarios.Late)
	if found == "" {
		return ""
	}
	switch m := ofVictim(found); {
	case len(m) == 0:
		return "A reader that comes late finds the older messages and nothing of M."
	case t.fact(scenarios.FactMessage) == "partly":
		return fmt.Sprintf("A reader that comes late finds %s at once, behind the older messages.", and(m))
	}
	return "A reader that comes late finds M at once, behind the older messages."
}

// sent is the fate of a message in a writer's hands.
func (t *teller) sent() string {
	got := ofVictim(t.fact(scenarios.FactReceived))
	switch fate := t.fact(scenarios.FactMessage); fate {
	case scenarios.Lost:
		if len(got) > 0 {
			t.wrong = append(t.wrong, "a lost message that is received")
		}
		return "M is **lost**."
	case scenarios.Delivered:
		return "M is **delivered**."
	case "partly":
		return fmt.Sprintf("The batch is **partly** delivered: %s; the others are lost.", and(got))
	default:
		t.wrong = append(t.wrong, fmt.Sprintf("a message that is %q", fate))
	}
	return ""
}

// waitingForSpace tells of a writer that dies around its wait for room.
func (t *teller) waitingForSpace() []string {
	slot := ""
	if has := t.fact(scenarios.FactSlot); has != "" {
		slot = "; " + t.phrase(scenarios.FactSlot, has, slotPhrases)
	}
	return []string{
		"In the image `write` is " + t.phrase(scenarios.FactWrite, t.fact(scenarios.FactWrite), indexPhrases) + slot + t.event("space_avail") + ".",
		"The reader gets every older message, in order, and the successor's behind them.",
		t.sent(),
	}
}

// creating tells of a writer that dies while it makes a ring.
func (t *teller) creating() []string {
	image := "In the image: " + t.fact(scenarios.FactHeader) + "."
	answers := [4]string{t.fact("open"), t.fact("attach"), t.fact("create"), t.fact(scenarios.FactReceived)}
	switch answers {
	case [4]string{"layout", "layout", "exist", "N"}:
		return []string{image, "`Open` and `Attach` give `ErrLayout`, `Create` gives `fs.ErrExist`. Removing the file and creating it again is the way back."}
	case [4]string{"ok", "ok", "exist", "N"}:
		return []string{image, "`Open` and `Attach` succeed, `Create` gives `fs.ErrExist`. The ring is usable at once."}
	}
	t.wrong = append(t.wrong, fmt.Sprintf("the answers %v", answers))
	return nil
}

// replacing tells of a writer that dies while it puts a ring in place of
// another, with two messages, that nobody holds.
func (t *teller) replacing() []string {
	left := "Nothing is left beside it."
	if name := t.fact("left"); name != "nothing" {
		left = fmt.Sprintf("The unfinished one is left beside it as `%s`.", name)
	}
	found, received := "a reader finds it empty", "N"
	if got := t.fact(scenarios.FactAtOnce); got != "nothing" {
		found, received = "a reader gets the messages that were in it", got+" N"
	}
	if t.fact("open") != "ok" || t.fact("refused") != "busy" || t.fact("untouched") != "nothing" || t.fact("left after") != "nothing" || t.fact(scenarios.FactReceived) != received {
		t.wrong = append(t.wrong, "another end to replacing")
	}
	return []string{
		fmt.Sprintf("The path leads to the %s: %s.", t.fact("path"), found), left,
		"Replacing again gives `ErrBusy` and changes nothing as long as an end is held, and succeeds then, leaving nothing behind.",
	}
}

// ofVictim picks the victim's messages from a list: M, or M1, M2 and so on.
func ofVictim(list string) (names []string) {
	for name := range strings.FieldsSeq(list) {
		if strings.HasPrefix(name, "M") {
			names = append(names, name)
		}
	}
	return names
}

// and joins names as a sentence does.
func and(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
