package notes

import (
	"fmt"
	"strings"

	"killpoint/ring"
	"killpoint/scenarios"
)

// popping tells of a reader that dies while it takes messages out of a full
// ring.
func (t *teller) popping() []string {
	image := "In the image `read` is " + t.phrase(scenarios.FactRead, t.fact(scenarios.FactRead), indexPhrases) + t.event("space_avail") + "."
	return []string{image, t.sleepingWriter(), t.taken()}
}

func (t *teller) sleepingWriter() string {
	peer, late := t.both(), t.fact(scenarios.FactPeer, scenarios.Late)
	next := t.fact(scenarios.FactNextPop)
	if next != scenarios.Resumes {
		t.wrong = append(t.wrong, fmt.Sprintf("a writer that %q with the successor's first pop", next))
	}
	switch {
	case peer == [2]string{scenarios.Waits, scenarios.Waits} && late == "full":
		return "The ring is still full: a sleeping writer goes on waiting, polling or not, and one that comes late gets `ErrFull`, both until the successor's first pop."
	case peer == [2]string{scenarios.Resumes, scenarios.Stalls} && late == "ok":
		return "A sleeping writer that polls finds the room without a signal; one that does not poll stalls: asleep beside it, until the successor's next pop. One that comes late finds the room at once."
	case peer == [2]string{scenarios.Resumes, scenarios.Resumes} && late == "ok":
		return "A sleeping writer is woken by the signal, polling or not; one that comes late finds the room at once."
	}
	t.wrong = append(t.wrong, fmt.Sprintf("a writer that %v asleep, and late gets %q", peer, late))
	return ""
}

// taken is the fate of the messages in a reader's hands.
func (t *teller) taken() string {
	held := and(strings.Fields(t.fact(scenarios.FactHeld)))
	got := t.fact(scenarios.FactReceived)
	switch fate := t.fact(scenarios.FactMessage); fate {
	case scenarios.Duplicate:
		return fmt.Sprintf("The victim had %s, and its successor gets that again: a **duplicate**.", held)
	case scenarios.Consumed:
		return fmt.Sprintf("The victim had %s, and nobody gets that again: **consumed**. The successor gets the rest.", held)
	case scenarios.Safe:
		if held != "nothing" || !strings.HasPrefix(got, "o1 ") {
			t.wrong = append(t.wrong, fmt.Sprintf("%s in hand, safe", held))
		}
		return "The victim had no message yet, and the successor gets all of them once: **safe**."
	default:
		t.wrong = append(t.wrong, fmt.Sprintf("a message that is %q", fate))
	}
	return ""
}

// waitingForData tells of a reader that dies around its wait for M.
func (t *teller) waitingForData() []string {
	if fate, found := t.fact(scenarios.FactMessage), t.fact(scenarios.FactAtOnce); fate != scenarios.Safe || found != "M" || t.fact(scenarios.FactReceived) != "M N" {
		t.wrong = append(t.wrong, fmt.Sprintf("a message that is %q, with %q found", fate, found))
	}
	return []string{
		"In the image `read` is " + t.phrase(scenarios.FactRead, t.fact(scenarios.FactRead), indexPhrases) + t.event("data_avail") + ".",
		"A successor finds M at once, whether it was published before the death or after: **safe**.",
	}
}

// joining tells of an end that dies while it joins a ring.
func (t *teller) joining(side ring.Side) []string {
	if image, got := t.fact("image"), t.fact(scenarios.FactReceived); image != "unmoved" || got != "o1 o2 M" {
		t.wrong = append(t.wrong, fmt.Sprintf("an image that is %q, and messages %q", image, got))
	}
	sentences := []string{"No byte of the image is changed.",
		"The other end notices nothing; a successor joins, and the older messages and the next one arrive in order."}
	if side == ring.ReaderSide {
		if fate := t.fact(scenarios.FactMessage); fate != scenarios.Safe {
			t.wrong = append(t.wrong, fmt.Sprintf("a message that is %q", fate))
		}
		sentences = append(sentences, "All are **safe**.")
	}
	return sentences
}
