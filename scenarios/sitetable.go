package scenarios

import (
	"fmt"
	"strings"

	"killpoint/ring"
)

// SiteTable is the table of sites in Markdown: from the catalogue and the
// expectations, so that it says what the cells assert.
func SiteTable() string {
	var b strings.Builder
	b.WriteString("| site | standing there | message | peer asleep, polling | peer asleep, not polling | cells |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- |\n")
	for _, s := range ring.Sites() {
		for _, e := range rowsOf(s.Site) {
			site := fmt.Sprintf("`%s`", s.Site)
			if e.where != "" {
				site += "<br>" + e.where
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d |\n", site, s.Done, e.messageWord(), peerWord(e.pollOn), peerWord(e.pollOff), e.cells(s))
		}
	}
	return b.String()
}

func peerWord(word string) string {
	if word == "" {
		return "–"
	}
	return word
}

// messageWord is what becomes of the messages, or of the ring.
func (e expectation) messageWord() string {
	switch {
	case e.open == answerErr:
		return "no ring yet: `ErrLayout`"
	case e.open == answerOK:
		return "ring usable"
	case e.path != "":
		return "the path leads to the " + e.path
	case e.message == Partly:
		return fmt.Sprintf("%d of 4 delivered, the others lost", e.part)
	case e.message == "":
		return "–"
	}
	return e.message
}

// cells is how many cells a row makes.
func (e expectation) cells(s ring.SiteInfo) int {
	return len(e.modes(s.Marker)) * len(e.stage.variants())
}
