package page

import (
	"fmt"
	"slices"
	"strings"

	"killpoint/harness/report"
)

// A grid is a run as a table: a line for each site and operation, a column for
// each way to die and state of the other side. What has no site stands in lists.
type grid struct {
	Modes  []column
	Groups []group
	Lists  []list
}

// column is a mode, with the variants below it.
type column struct {
	Mode     string
	Variants []string // at least one; "" where the other side makes no difference
}

// group is the lines of one operation.
type group struct {
	Name  string
	Lines []line
}

// line is a site; Cells has an entry for each column, in order, which spans
// several if the site does not know their variants.
type line struct {
	Name  string
	About string // what stands there
	Slots []slot
}

// slot is a place in a line. Its cell is nil where there is none.
type slot struct {
	Span int
	Cell *cell
}

// list is cells beside the grid.
type list struct {
	Name  string
	Cells []*cell
}

// cell is a row as the page shows it.
type cell struct {
	report.Row
	Sign    string // of the verdict
	Letters string // of the outcome
}

// Orders in which columns stand; others come behind, as they appear.
var (
	modeOrder    = []string{"kill", "selfkill", "panic", "stop"}
	variantOrder = []string{"", "poll-on", "poll-off", "late"}
)

// signs are the verdicts for people who do not see the colour.
var signs = map[string]string{report.Pass: "✓", report.Fail: "✕", report.Unknown: "?"}

// An outcomeSign is the letter that stands for a word of an outcome.
type outcomeSign struct{ Word, Letter, Says string }

// outcomeSigns is the legend.
var outcomeSigns = []outcomeSign{
	{"lost", "L", "nobody gets the message"},
	{"delivered", "D", "a reader gets it once"},
	{"partly", "P", "of several messages the first are delivered, the others lost"},
	{"duplicate", "2", "a reader gets it a second time"},
	{"consumed", "C", "the victim had it, nobody gets it again"},
	{"safe", "S", "the victim did not have it, the successor gets it"},
	{"stall", "z", "the peer sleeps beside its work, for good"},
	{"poll-recovery", "p", "the peer finds its work by polling"},
	{"signal", "!", "the peer is woken"},
	{"layout-error", "E", "the file is refused"},
	{"usable", "U", "the ring is usable"},
}

func newCell(r report.Row) *cell {
	c := &cell{Row: r, Sign: sign(r.Verdict), Letters: ""}
	for _, word := range strings.Split(r.Outcome, "+") {
		for _, s := range outcomeSigns {
			if s.Word == word {
				c.Letters += s.Letter
			}
		}
	}
	return c
}

// sign of a verdict; one that nobody knows is as good as unknown.
func sign(verdict string) string {
	if s, ok := signs[verdict]; ok {
		return s
	}
	return signs[report.Unknown]
}

// Class is the verdict as the page colours it.
func (c *cell) Class() string { return class(c.Verdict) }

func class(verdict string) string {
	if _, ok := signs[verdict]; ok {
		return verdict
	}
	return report.Unknown
}

// Anchor is the cell's name in links.
func (c *cell) Anchor() string { return "cell-" + c.ID }

// Says is the cell in words.
func (c *cell) Says() string {
	words := c.ID + ": " + c.Verdict
	if c.Outcome != "" {
		words += ", " + strings.ReplaceAll(c.Outcome, "+", ", ")
	}
	return words
}

// Label is how the cell is called in a list.
func (c *cell) Label() string {
	if _, rest, ok := strings.Cut(c.ID, "/"); ok && c.Mode == "" {
		return rest
	}
	return strings.Replace(strings.TrimSuffix(c.ID, "/"+c.Mode), "+", " + ", 1)
}

// newGrid lays a run out.
func newGrid(r Run) grid {
	var g grid
	lines := map[string][]*cell{}
	var names []string
	for _, row := range worstOf(r.Cells) {
		c := newCell(row)
		if row.Site == "" || row.Mode == "" || strings.Split(row.Name(), "/")[0] != row.Site {
			g.list(c)
			continue
		}
		if lines[row.Name()] == nil {
			names = append(names, row.Name())
		}
		lines[row.Name()] = append(lines[row.Name()], c)
		g.column(row)
	}
	sortAs(g.Modes, modeOrder, func(c column) string { return c.Mode })
	for i := range g.Modes {
		m := &g.Modes[i]
		sortAs(m.Variants, variantOrder, func(v string) string { return v })
		if len(m.Variants) > 1 && m.Variants[0] == "" {
			m.Variants = m.Variants[1:] // such a cell spans the others
		}
	}
	about := map[string]report.Site{}
	for _, s := range r.Sites {
		about[s.Site] = s
		if !slices.ContainsFunc(names, func(n string) bool { return strings.Split(n, "/")[0] == s.Site }) {
			names = append(names, s.Site) // a site that nothing dies at is shown as such
		}
	}
	rank := func(name string) int {
		return slices.IndexFunc(r.Sites, func(s report.Site) bool { return s.Site == strings.Split(name, "/")[0] })
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range names {
		site := about[strings.Split(name, "/")[0]]
		g.add(strings.TrimSpace(site.Role+" · "+site.Op), line{Name: name, About: site.Done, Slots: g.slots(lines[name])})
	}
	return g
}

// worstOf keeps of cells that are there more than once the worst, in order.
func worstOf(rows []report.Row) []report.Row {
	badness := map[string]int{report.Pass: 0, report.Fail: 2}
	bad := func(r report.Row) int {
		if b, ok := badness[r.Verdict]; ok {
			return b
		}
		return 1
	}
	at := map[string]int{}
	var worst []report.Row
	for _, r := range rows {
		i, there := at[r.ID]
		switch {
		case !there:
			at[r.ID] = len(worst)
			worst = append(worst, r)
		case bad(r) > bad(worst[i]):
			worst[i] = r
		}
	}
	return worst
}

// list puts a cell beside the grid, with its like.
func (g *grid) list(c *cell) {
	name, _, _ := strings.Cut(c.ID, "/")
	if strings.Contains(name, "+") {
		name = "two deaths, one after the other"
	}
	for i := range g.Lists {
		if g.Lists[i].Name == name {
			g.Lists[i].Cells = append(g.Lists[i].Cells, c)
			return
		}
	}
	g.Lists = append(g.Lists, list{name, []*cell{c}})
}

// column ensures that there is a column for the row.
func (g *grid) column(r report.Row) {
	i := slices.IndexFunc(g.Modes, func(c column) bool { return c.Mode == r.Mode })
	if i < 0 {
		i = len(g.Modes)
		g.Modes = append(g.Modes, column{Mode: r.Mode})
	}
	if !slices.Contains(g.Modes[i].Variants, r.Variant) {
		g.Modes[i].Variants = append(g.Modes[i].Variants, r.Variant)
	}
}

func (g *grid) slots(cells []*cell) (slots []slot) {
	for _, m := range g.Modes {
		of := func(variant string) *cell {
			for _, c := range cells {
				if c.Mode == m.Mode && c.Variant == variant {
					return c
				}
			}
			return nil
		}
		if c := of(""); c != nil {
			slots = append(slots, slot{len(m.Variants), c})
			continue
		}
		for _, v := range m.Variants {
			slots = append(slots, slot{1, of(v)})
		}
	}
	return slots
}

func (g *grid) add(name string, l line) {
	if n := len(g.Groups); n == 0 || g.Groups[n-1].Name != name {
		g.Groups = append(g.Groups, group{Name: name})
	}
	last := &g.Groups[len(g.Groups)-1]
	last.Lines = append(last.Lines, l)
}

// Width is the number of columns of cells.
func (g grid) Width() (n int) {
	for _, m := range g.Modes {
		n += len(m.Variants)
	}
	return n
}

// Short is a variant's name in a narrow column.
func Short(variant string) string {
	return strings.TrimPrefix(variant, "poll-")
}

// sortAs sorts by a given order of names; others stay behind, as they are.
func sortAs[T any](all []T, order []string, name func(T) string) {
	rank := func(x T) int {
		if i := slices.Index(order, name(x)); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(all, func(a, b T) int { return rank(a) - rank(b) })
}

// counted is "1 cell", "2 cells".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
