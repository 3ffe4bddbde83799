package notes

import (
	"fmt"
	"slices"
	"strings"

	"killpoint/ring"
	"killpoint/scenarios"
)

// A row is what is demanded of one site as one operation passes it: the cells
// that differ only in the way to die and in what the other side was doing.
type row struct {
	where string // the operation, or how far it has come; empty is the plain row
	cells []scenarios.Cell
}

// rows sorts the cells of a site into its rows, in the order of the cells.
func rows(site ring.Site, cells []scenarios.Cell) (rows []row) {
	for _, c := range cells {
		where, ok := strings.CutPrefix(c.ID, string(site)+"/")
		if !ok {
			continue
		}
		where = strings.TrimSuffix(where, "/"+string(c.Variant))
		where = strings.TrimSuffix(strings.TrimSuffix(where, string(c.Mode)), "/")
		i := slices.IndexFunc(rows, func(r row) bool { return r.where == where })
		if i < 0 {
			i = len(rows)
			rows = append(rows, row{where: where})
		}
		rows[i].cells = append(rows[i].cells, c)
	}
	return rows
}

// common are the facts that every cell of a site demands in the same way; the
// document says so once.
var common = []string{scenarios.FactSite, scenarios.FactExit, scenarios.FactFrozen, scenarios.FactRing, scenarios.FactStray}

// A teller turns the facts of one row into sentences. It notes which facts were
// asked for, so that none is left out, and what it has no words for.
type teller struct {
	row
	asked map[string]bool
	wrong []string
}

// fact is what the killed victim's cells demand, if one of them does.
func (t *teller) fact(name string, variants ...scenarios.Variant) string {
	t.asked[name] = true
	if len(variants) == 0 {
		variants = []scenarios.Variant{"", scenarios.PollOff, scenarios.PollOn, scenarios.Late}
	}
	for _, v := range variants {
		for _, c := range t.cells {
			if value := c.Want[name]; c.Mode == scenarios.Kill && c.Variant == v && value != "" {
				return value
			}
		}
	}
	return ""
}

// phrase looks a fact's word up in a table of phrases.
func (t *teller) phrase(name, word string, phrases map[string]string) string {
	phrase, ok := phrases[word]
	if !ok {
		t.wrong = append(t.wrong, fmt.Sprintf("%s is %q", name, word))
	}
	return phrase
}

// check returns an error if there is anything that the cells demand and the
// sentences do not tell.
func (t *teller) check() error {
	wrong := t.wrong
	for _, c := range t.cells {
		for name := range c.Want {
			if c.Mode == scenarios.Kill && !t.asked[name] && !slices.Contains(common, name) {
				wrong = append(wrong, fmt.Sprintf("%q, which %s demands", name, c.ID))
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("there are no words for: %s", strings.Join(slices.Compact(wrong), "; "))
}

// tell returns the sentences of a row: image, peers, successor, message.
func tell(r row, side ring.Side) ([]string, error) {
	t := &teller{row: r, asked: map[string]bool{}}
	var sentences []string
	switch {
	case t.fact(scenarios.FactHeader) != "":
		sentences = t.creating()
	case t.fact("path") != "":
		sentences = t.replacing()
	case t.fact("image") != "":
		sentences = t.joining(side)
	case t.fact(scenarios.FactCommit) != "":
		sentences = t.pushing()
	case t.fact(scenarios.FactHeld) != "":
		sentences = t.popping()
	case side == ring.WriterSide:
		sentences = t.waitingForSpace()
	default:
		sentences = t.waitingForData()
	}
	return slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), t.check()
}
