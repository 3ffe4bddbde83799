package notes

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"killpoint/ring"
	"killpoint/scenarios"
)

// File is where the document belongs, from the top of the module. The links in
// it lead to the sources beside it.
const File = "ring/CRASH_BEHAVIOR.md"

// Document returns the text of the document. The directory is that of the
// ring's sources; it gives the same text as long as these, the catalogue and
// the cells are the same.
func Document(dir string) ([]byte, error) {
	marks, err := Marks(dir)
	if err != nil {
		return nil, err
	}
	d := &document{marks: marks, cells: scenarios.All(), sites: ring.Sites()}
	d.head()
	for _, side := range []ring.Side{ring.WriterSide, ring.ReaderSide} {
		if err := d.side(side); err != nil {
			return nil, err
		}
	}
	d.observations()
	if err := d.faults(); err != nil {
		return nil, err
	}
	return []byte(d.text.String()), nil
}

type document struct {
	text  strings.Builder
	marks map[ring.Site][]Mark
	cells []scenarios.Cell
	sites []ring.SiteInfo
}

func (d *document) printf(format string, args ...any) { fmt.Fprintf(&d.text, format, args...) }

// item writes an item of a list, or a paragraph without a bullet, in lines of at
// most 120 columns.
func (d *document) item(bullet, text string) {
	const columns = 120
	line := bullet
	for i, word := range words(text) {
		switch {
		case i == 0:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns:
			d.printf("%s\n", line)
			line = strings.Repeat(" ", len(bullet)) + word
		default:
			line += " " + word
		}
	}
	d.printf("%s\n", line)
}

// words splits a text where a line may end: at spaces, but for those in code.
func words(text string) (words []string) {
	open := false
	for word := range strings.FieldsSeq(text) {
		if open {
			words[len(words)-1] += " " + word
		} else {
			words = append(words, word)
		}
		if strings.Count(word, "`")%2 == 1 {
			open = !open
		}
	}
	return words
}

// proof names the cells that a text picks, by the command that runs them.
func (d *document) proof(text string) string {
	return fmt.Sprintf("Cells: %d, `make matrix FILTER=%s`.", d.count(text), text)
}

// count is how many cells "make matrix FILTER=text" runs.
func (d *document) count(text string) (n int) {
	for _, c := range d.cells {
		if strings.Contains(c.ID, text) || strings.Contains(strings.Join(c.Labels(), " "), text) {
			n++
		}
	}
	return n
}

func (d *document) head() {
	d.printf(headText, len(d.cells))
}

// side writes the entries of one side, operation by operation.
func (d *document) side(side ring.Side) error {
	d.printf("\n## %s crash sites\n", map[ring.Side]string{ring.WriterSide: "Writer", ring.ReaderSide: "Reader"}[side])
	op := ""
	for _, s := range d.sites {
		if s.Side != side {
			continue
		}
		if s.Op != op {
			op = s.Op
			scene, ok := scenes[side][op]
			if !ok {
				return fmt.Errorf("notes: there is no introduction for the %s's operation %q", side, op)
			}
			d.printf("\n### %s\n\n", scene.title)
			d.item("", scene.text)
			d.printf("\n")
		}
		if err := d.entry(s); err != nil {
			return fmt.Errorf("notes: %s: %w", s.Site, err)
		}
	}
	return nil
}

// entry writes what is known of one site.
func (d *document) entry(s ring.SiteInfo) error {
	where, err := d.where(s)
	if err != nil {
		return err
	}
	outcomes, err := outcomes(rows(s.Site, d.cells), s.Side)
	if err != nil {
		return err
	}
	d.item("- ", fmt.Sprintf("**`%s`** (%s): %s. Next: %s.", s.Site, where, s.Done, s.Next))
	for _, text := range outcomes {
		d.item("  - ", text)
	}
	d.item("  - ", d.proof(string(s.Site)))
	return nil
}

// where says where in the sources the site stands.
func (d *document) where(s ring.SiteInfo) (string, error) {
	marks := d.marks[s.Site]
	switch {
	case !s.Marker && len(marks) == 0:
		return d.between(s), nil
	case !s.Marker:
		return "", fmt.Errorf("the catalogue says that there is no mark, and there is one at %s:%d", marks[0].At.File, marks[0].At.Line)
	case len(marks) == 0:
		return "", fmt.Errorf("the catalogue says that there is a mark, and there is none")
	}
	var places []string
	for _, m := range marks {
		text := m.Call.link() + " in `" + m.Call.Func + "`"
		if m.At != m.Call {
			text += ", marked at " + m.At.link() + " in `" + m.At.Func + "`"
		}
		places = append(places, text)
	}
	return strings.Join(places, "; "), nil
}

// between says of a site without a mark between which others it is.
func (d *document) between(s ring.SiteInfo) string {
	text := "no mark: seen from outside"
	for i, other := range d.sites {
		if other.Site != s.Site || i == 0 || i == len(d.sites)-1 {
			continue
		}
		before, after := d.marks[d.sites[i-1].Site], d.marks[d.sites[i+1].Site]
		if len(before) > 0 && len(after) > 0 {
			text += fmt.Sprintf(", between %s and %s", before[0].Call.link(), after[0].Call.link())
		}
	}
	return text
}

func (p Place) link() string { return fmt.Sprintf("[`%[1]s:%[2]d`](%[1]s#L%[2]d)", p.File, p.Line) }
