package page

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"killpoint/bench"
	"killpoint/harness/report"
)

//go:embed assets
var assets embed.FS

// scripts are the parts of the page's script, in the order in which they need
// one another.
var scripts = []string{"data", "node", "timeline", "ring", "detail", "filter", "keys", "states", "main"}

// view is what the template shows.
type view struct {
	*Report
	Title               string
	Now                 *Run // the latest run; nil if there is none
	Pass, Fail, Unknown int
	Verdict, Sign       string
	Bad                 []*cell
	Faults              []fault
	Grid                grid
	Columns             int
	Filters             []filter
	Signs               []verdictSign
	OutcomeSigns        []outcomeSign
	Graph               *graph
	Speed               *speed
	Changes             []change
	Slowest             []*cell
	Trend               template.HTML
	Style               template.CSS
	Policy              string
	Data                template.HTML
	Script              template.JS
}

type verdictSign struct{ Verdict, Sign string }

// filter is a choice of values of one property of cells.
type filter struct {
	Name, Title string
	Values      []string
}

// WriteHTML writes the page.
func (r *Report) WriteHTML(w io.Writer) error {
	v, err := newView(r)
	if err != nil {
		return err
	}
	t, err := template.New("page.html").Funcs(functions).ParseFS(assets, "assets/page.html")
	if err != nil {
		return err
	}
	return t.Execute(w, v)
}

func newView(r *Report) (*view, error) {
	v := &view{Report: r, Title: "killpoint", OutcomeSigns: outcomeSigns}
	for _, verdict := range []string{report.Pass, report.Fail, report.Unknown} {
		v.Signs = append(v.Signs, verdictSign{verdict, signs[verdict]})
	}
	carried := carried{Cells: []report.Row{}, Usual: report.Usual()}
	if len(r.Runs) > 0 {
		v.Now = &r.Runs[0]
		v.Pass, v.Fail, v.Unknown = v.Now.Counts()
		v.Verdict = v.Now.verdict()
		v.Sign = signs[v.Verdict]
		v.Title = fmt.Sprintf("killpoint: %s, %s", v.Verdict, v.Now.Summary())
		v.Bad = notPassed(*v.Now)
		v.Faults = faults(v.Bad)
		v.Grid = newGrid(*v.Now)
		v.Columns = v.Grid.Width() + 2
		v.Filters = filtersOf(v.Now.Cells)
		v.Changes, v.Slowest, v.Trend = changes(r.Runs), slowest(*v.Now, 10), trend(r.Runs)
		carried.Repeat, carried.Sites, carried.Cells = v.Now.Repeat, v.Now.Sites, worstOf(v.Now.Cells)
	}
	if r.Explore != nil {
		v.Graph = r.Explore.Graph()
		carried.Graph = v.Graph
	}
	if r.Bench != nil {
		var err error
		if v.Speed, err = newSpeed(r.Bench); err != nil {
			return nil, err
		}
	}
	data, err := carried.packed()
	if err != nil {
		return nil, err
	}
	script, err := script()
	if err != nil {
		return nil, err
	}
	style, err := assets.ReadFile("assets/style.css")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(script))
	v.Data, v.Script, v.Style = template.HTML(data), template.JS(script), template.CSS(style)
	v.Policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; " +
		"script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	return v, nil
}

// carried is the data in the page, for its script.
type carried struct {
	Repeat string            `json:"repeat,omitempty"`
	Usual  map[string]string `json:"usual"`
	Sites  []report.Site     `json:"sites,omitempty"`
	Graph  *graph            `json:"graph,omitempty"`
	Cells  []report.Row      `json:"cells"`
}

// packed is the data as text: it goes down to a tenth, since cells are much alike.
func (c carried) packed() (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(text); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes()), nil
}

// verdict of a run: the worst there is. One with parts missing is unknown.
func (r Run) verdict() string {
	_, fail, unknown := r.Counts()
	switch {
	case fail > 0:
		return report.Fail
	case unknown > 0 || !r.Sound():
		return report.Unknown
	}
	return report.Pass
}

func script() (string, error) {
	var b strings.Builder
	b.WriteString("\"use strict\";\n(async () => {\n")
	for _, name := range scripts {
		text, err := assets.ReadFile("assets/" + name + ".js")
		if err != nil {
			return "", err
		}
		b.Write(text)
	}
	b.WriteString("})();\n")
	return b.String(), nil
}

// filtersOf lists what there is to choose from among the rows.
func filtersOf(rows []report.Row) []filter {
	filters := []filter{{Name: "verdict", Title: "verdict"}, {Name: "role", Title: "victim"}, {Name: "mode", Title: "mode"}, {Name: "variant", Title: "other side"}, {Name: "label", Title: "label"}}
	sets := make([]map[string]bool, len(filters))
	for i := range sets {
		sets[i] = map[string]bool{}
	}
	for _, r := range rows {
		for i, value := range []string{r.Verdict, r.Role, r.Mode, r.Variant} {
			sets[i][value] = true
		}
		for _, label := range r.Labels {
			sets[4][label] = true
		}
	}
	for i := range filters {
		delete(sets[i], "")
		filters[i].Values = slices.Sorted(maps.Keys(sets[i]))
	}
	sortAs(filters[2].Values, modeOrder, func(v string) string { return v })
	sortAs(filters[3].Values, variantOrder, func(v string) string { return v })
	return filters
}

var functions = template.FuncMap{
	"short":   Short,
	"counted": counted,
	"link":    link,
	"seconds": seconds,
	"ns":      nanoseconds,
	"ratio":   ratio,
	"class":   class,
	"measured": func(value *float64) string {
		if value == nil {
			return "–"
		}
		return fmt.Sprintf("%.3g", *value)
	},
	"signOf":   sign,
	"course":   course,
	"duration": func(d time.Duration) string { return d.Round(time.Second).String() },
	"target": func(verdict string) string {
		return map[string]string{bench.Met: "pass", bench.Missed: "fail"}[verdict]
	},
	"targetSign": func(verdict string) string {
		return map[string]string{bench.Met: "✓", bench.Missed: "✕", bench.NotMeasured: "·"}[verdict]
	},
	"when":   func(r any) string { return when(r) },
	"repeat": func(c *cell, command string) string { return strings.ReplaceAll(command, "{id}", c.ID) },
	"value": func(s *string) string {
		if s == nil {
			return "–"
		}
		return *s
	},
	"first": func(list []string, n int) []string { return list[:min(n, len(list))] },
	"counts": func(r Run) map[string]int {
		pass, fail, unknown := r.Counts()
		return map[string]int{"Pass": pass, "Fail": fail, "Unknown": unknown}
	},
}

// link leads to a cell.
func link(id string) template.URL { return template.URL("#cell-" + id) }

func when(r any) string {
	var at time.Time
	switch r := r.(type) {
	case Run:
		at = r.When()
	case *Run:
		at = r.When()
	}
	return at.UTC().Format("2006-01-02 15:04:05 UTC")
}

// seconds writes a time given in milliseconds.
func seconds(ms float64) string {
	if ms < 1000 {
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f s", ms/1000)
}

// WriteMarkdown writes what a CI job's summary needs: the counts, what is wrong
// and the command that repeats it, and a line for each other part. Such
// summaries are cut off when they are long, so the worst comes first and lists
// are short.
func (r *Report) WriteMarkdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	if len(r.Runs) == 0 {
		fmt.Fprint(b, "# Crash matrix: not run\n\n")
	} else {
		r.Runs[0].markdown(b)
		if all := changes(r.Runs); len(all) > 0 {
			fmt.Fprintf(b, "## Changed since earlier runs\n\n| cell | now | before |\n| --- | --- | --- |\n")
			for _, c := range all[:min(most, len(all))] {
				fmt.Fprintf(b, "| %s | %s | %s |\n", code(c.ID), orDash(c.Verdicts[0]), orDash(strings.Join(c.Verdicts[1:], ", ")))
			}
			if len(all) > most {
				fmt.Fprintf(b, "\n… and %s\n", counted(len(all)-most, "more cell"))
			}
			fmt.Fprintln(b)
		}
	}
	fmt.Fprint(b, "## Other parts\n\n| part | |\n| --- | --- |\n")
	fmt.Fprintf(b, "| every state | %s |\n| planted bugs | %s |\n| speed | %s |\n", r.exploreInShort(), r.mutantsInShort(), r.speedInShort())
	return b.Flush()
}

// most is how many entries a list of the summary has.
const most = 30

func (r Run) markdown(w io.Writer) {
	verdict := r.verdict()
	fmt.Fprintf(w, "# %s Crash matrix: %s\n\n%s, seed %d, %s, %s\n\n", signs[verdict], verdict, escape(r.Summary()), r.Seed, escape(r.Go), escape(r.Kernel))
	for _, s := range r.Missing {
		fmt.Fprintf(w, "- **shard %s is missing**\n", s)
	}
	for _, id := range r.Doubled {
		fmt.Fprintf(w, "- %s is there more than once\n", code(id))
	}
	bad := faults(notPassed(r))
	if len(bad) == 0 {
		return
	}
	fmt.Fprint(w, "## Not passed\n\n")
	for i, f := range bad {
		if i == most {
			fmt.Fprintf(w, "… and %s\n\n", counted(len(bad)-most, "more reason"))
			break
		}
		fmt.Fprintf(w, "%s **%s**, %s:\n\n%s\n\n", f.Cells[0].Sign, f.Cells[0].Verdict, counted(len(f.Cells), "cell"), quoted(f.Detail))
		for n, c := range f.Cells {
			if n == 3 {
				fmt.Fprintf(w, "- … and %d more\n", len(f.Cells)-n)
				break
			}
			line := code(c.ID)
			if r.Repeat != "" {
				line += ", again: " + code(strings.ReplaceAll(r.Repeat, "{id}", c.ID))
			}
			fmt.Fprintf(w, "- %s\n", line)
		}
		fmt.Fprintln(w)
	}
}

func (r *Report) exploreInShort() string {
	if r.Explore == nil {
		return "not run"
	}
	states, kills, bad := 0, 0, 0
	for _, o := range r.Explore.Operations {
		states, kills, bad = states+o.States, kills+o.Kills, bad+o.Violations.N+o.Unnamed.N
	}
	return fmt.Sprintf("%s %s, %d states, %d kills, %d violations or unnamed states",
		mark(bad == 0 && len(r.Explore.Operations) > 0), counted(len(r.Explore.Operations), "operation"), states, kills, bad)
}

func (r *Report) mutantsInShort() string {
	if !r.MutantsRun {
		return "not run"
	}
	caught := 0
	for _, m := range r.Mutants {
		if m.Caught() {
			caught++
		}
	}
	return fmt.Sprintf("%s %d of %d caught", mark(caught == len(r.Mutants) && caught > 0), caught, len(r.Mutants))
}

func (r *Report) speedInShort() string {
	if r.Bench == nil {
		return "not measured"
	}
	verdicts := map[string]int{}
	for _, t := range r.Bench.Targets {
		verdicts[t.Verdict]++
	}
	return fmt.Sprintf("%d targets met, %d missed, %d not measured", verdicts["met"], verdicts["missed"], verdicts["not measured"])
}

func mark(good bool) string {
	if good {
		return signs[report.Pass]
	}
	return signs[report.Fail]
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// escape keeps text from being markup.
func escape(s string) string {
	return strings.NewReplacer("\\", "\\\\", "<", "&lt;", "&", "&amp;", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "\n", " ").Replace(s)
}

// code is text as it is, in one line; quoted is a block of it.
func code(s string) string {
	return "`" + strings.NewReplacer("`", "'", "\n", " ", "|", "\\|").Replace(s) + "`"
}

func quoted(s string) string {
	return "```\n" + strings.ReplaceAll(s, "```", "'''") + "\n```"
}
