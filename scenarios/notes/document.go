package notes

import (
	"fmt"
	"slices"
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

// outcome is what is told of the rows of a site that have it in common.
type outcome struct {
	where     []string
	sentences []string
}

// outcomes tells the rows of a site, each in one text: the first one in full,
// of the others what is different.
func outcomes(rows []row, side ring.Side) ([]string, error) {
	var all []outcome
	for _, r := range rows {
		sentences, err := tell(r, side)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(o outcome) bool { return slices.Equal(o.sentences, sentences) })
		if i < 0 {
			i = len(all)
			all = append(all, outcome{sentences: sentences})
		}
		all[i].where = append(all[i].where, r.where)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no cell")
	}
	texts := []string{all[0].first()}
	for _, o := range all[1:] {
		texts = append(texts, o.besides(all[0]))
	}
	return texts, nil
}

// first tells an outcome in full. That of the plain row needs no name.
func (o outcome) first() string {
	text := strings.Join(o.sentences, " ")
	names := o.names()
	switch {
	case len(names) == 0:
		return text
	case len(names) < len(o.where):
		return text + " The same in " + and(names) + "."
	}
	return "In " + and(names) + ": " + lower(text)
}

// besides tells an outcome after another one: in full only if the two have
// little in common.
func (o outcome) besides(first outcome) string {
	different := slices.DeleteFunc(slices.Clone(o.sentences), func(s string) bool { return slices.Contains(first.sentences, s) })
	if len(different) > 0 && len(different) < len(o.sentences) {
		return "In " + and(o.names()) + " all the same but this: " + lower(strings.Join(different, " "))
	}
	return "In " + and(o.names()) + ": " + lower(strings.Join(o.sentences, " "))
}

// names are those of the rows, but for the plain one.
func (o outcome) names() (names []string) {
	for _, name := range o.where {
		if name != "" {
			names = append(names, "`"+name+"`")
		}
	}
	return names
}

// lower begins a sentence within another one. M keeps its name.
func lower(text string) string {
	if strings.HasPrefix(text, "M ") || strings.HasPrefix(text, "`") {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}

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
