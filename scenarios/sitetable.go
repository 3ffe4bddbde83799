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
		e := expectations[s.Site]
		message := e.message
		switch {
		case e.open == answerErr:
			message = "no ring yet: `ErrLayout`"
		case e.open == answerOK:
			message = "ring usable"
		case message == "":
			message = "–"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %d |\n", s.Site, s.Done, message, peerWord(e.pollOn), peerWord(e.pollOff), len(siteCells(s)))
	}
	return b.String()
}

func peerWord(word string) string {
	if word == "" {
		return "–"
	}
	return word
}
