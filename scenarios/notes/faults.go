package notes

import (
	"fmt"
	"slices"
	"strings"
)

// faults are those of an earlier ring of this design, by the number in the ids
// of their cells: what it did.
var faults = []string{
	"An empty message was written exactly like a wrap marker: after one, old messages were delivered again.",
	"The file was shorter than the ring in it: once synced and read back, the last message ended in zeros.",
	"A reader with a deadline, behind a writer that died at `writer-after-wrap-advance`, never returned and used a whole processor.",
	"Polling worked only for waits without a deadline, and the deadline was not preceded by a last look: a message in the ring was reported as a time-out.",
	"A message longer than the rest of the lap did not fit even when the ring was empty: it was \"full\" for ever.",
	"Each wake-up started the clock again: a deadline of 50 ms could take seconds.",
	"A length or a capacity beyond the ring was believed: segmentation fault.",
	"A file whose making was cut short was accepted neither by create nor by open, and neither said why.",
}

func (d *document) observations() {
	d.printf("\n## Observations\n\n")
	for _, o := range observations {
		text := o.text
		if o.filter != "" {
			text += " " + d.proof(o.filter)
		}
		d.item("- ", text)
	}
}

// faults writes the list, and holds it against the cells there are.
func (d *document) faults() error {
	d.printf("\n## Faults that this ring must not have\n\nAn earlier ring of this design had these. `make site SITE=` with the id of a cell runs it.\n\n")
	listed := 0
	for i, text := range faults {
		var ids []string
		for _, c := range d.cells {
			if strings.HasPrefix(c.ID, fmt.Sprintf("fault/%d-", i+1)) {
				ids = append(ids, "`"+c.ID+"`")
			}
		}
		if len(ids) == 0 {
			return fmt.Errorf("notes: fault %d has no cell", i+1)
		}
		slices.Sort(ids)
		listed += len(ids)
		d.item(fmt.Sprintf("%d. ", i+1), text+" "+and(ids))
	}
	for _, c := range d.cells {
		if strings.HasPrefix(c.ID, "fault/") {
			listed--
		}
	}
	if listed != 0 {
		return fmt.Errorf("notes: there is a cell of a fault that is not listed")
	}
	return nil
}
