package page

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"killpoint/harness/report"
)

// A Run is one run of the matrix, whole or put together from its shards.
type Run struct {
	report.Matrix
	Files   []string // from which it was read
	Missing []string // shards that are not there, "2/4"
	Doubled []string // cells that are there more than once
	saved   time.Time
	shards  map[int]bool
	of      int
}

// When tells when the run began; of a file that does not say it, when that was
// saved.
func (r Run) When() time.Time {
	if r.Began.IsZero() {
		return r.saved
	}
	return r.Began
}

// Sound reports whether all cells are there, once, and passed.
func (r Run) Sound() bool { return r.Passed() && len(r.Missing)+len(r.Doubled) == 0 }

// join puts shards together: each goes to the first run of as many shards that
// does not have it yet, in order of time.
func join(shards []Run) []Run {
	slices.SortStableFunc(shards, func(a, b Run) int { return a.When().Compare(b.When()) })
	var runs []Run
	for _, s := range shards {
		i, n := shardOf(s.Shard)
		at := slices.IndexFunc(runs, func(r Run) bool { return r.of == n && !r.shards[i] })
		if at < 0 {
			s.shards, s.of = map[int]bool{i: true}, n
			s.Matrix.Cells = slices.Clone(s.Matrix.Cells)
			runs = append(runs, s)
			continue
		}
		r := &runs[at]
		r.shards[i] = true
		r.Files = append(r.Files, s.Files...)
		r.Wall = max(r.Wall, s.Wall) // they ran side by side
		r.Cells = append(r.Cells, s.Cells...)
	}
	for i := range runs {
		runs[i].complete()
	}
	return runs
}

// complete brings the cells of joined shards in order, and says what is wrong.
func (r *Run) complete() {
	for i := 1; i <= r.of; i++ {
		if !r.shards[i] {
			r.Missing = append(r.Missing, fmt.Sprintf("%d/%d", i, r.of))
		}
	}
	r.Shard = ""
	rank := map[string]int{}
	for i, s := range r.Sites {
		rank[s.Site] = i
	}
	place := func(c report.Row) int {
		name := c.Name()
		if i, ok := rank[strings.Split(name, "/")[0]]; ok {
			return i
		}
		return len(rank) // what stands in no catalogue comes behind
	}
	slices.SortStableFunc(r.Cells, func(a, b report.Row) int { return place(a) - place(b) })
	count := map[string]int{}
	for _, c := range r.Cells {
		count[c.ID]++
		if count[c.ID] == 2 {
			r.Doubled = append(r.Doubled, c.ID)
		}
	}
}

// shardOf reads "2/4". What is no such thing is a run of its own.
func shardOf(shard string) (i, n int) {
	left, right, _ := strings.Cut(shard, "/")
	i, _ = strconv.Atoi(left)
	n, _ = strconv.Atoi(right)
	return i, n
}

// withoutTwins drops runs that say the same as one before: shards lie beside
// what they were merged into.
func withoutTwins(runs []Run) []Run {
	seen := map[string]bool{}
	return slices.DeleteFunc(runs, func(r Run) bool {
		print := r.fingerprint()
		twin := seen[print]
		seen[print] = true
		return twin
	})
}

// fingerprint is the same for two runs only if they have the same cells, which
// took the same time.
func (r Run) fingerprint() string {
	var lines []string
	for _, c := range r.Cells {
		lines = append(lines, fmt.Sprintf("%s %s %v", c.ID, c.Verdict, c.Duration))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A change is a cell whose verdict is not the same in all runs that have it.
type change struct {
	ID       string
	Verdicts []string // one a run, the latest first; "" where it was not run
}

// changes lists those cells: what is worse now than in the run before comes
// first, then what is better, then what was different at some time.
func changes(runs []Run) []change {
	byID := map[string][]string{}
	var ids []string
	for i, r := range runs {
		for _, c := range worstOf(r.Cells) {
			if byID[c.ID] == nil {
				byID[c.ID] = make([]string, len(runs))
				ids = append(ids, c.ID)
			}
			byID[c.ID][i] = c.Verdict
		}
	}
	var all []change
	for _, id := range ids {
		verdicts := slices.Clone(byID[id])
		there := slices.DeleteFunc(slices.Clone(verdicts), func(v string) bool { return v == "" })
		if len(slices.Compact(there)) > 1 {
			all = append(all, change{id, verdicts})
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return a.rank() - b.rank() })
	return all
}

func (c change) rank() int {
	seen := slices.DeleteFunc(slices.Clone(c.Verdicts), func(v string) bool { return v == "" })
	switch {
	case seen[0] != report.Pass && seen[1] == report.Pass:
		return 0
	case seen[0] == report.Pass && seen[1] != report.Pass:
		return 1
	case seen[0] != seen[1]:
		return 2
	}
	return 3
}

// cells of the run that did not pass, the failed ones first.
func notPassed(r Run) (bad []*cell) {
	for _, verdict := range []string{report.Fail, report.Unknown} {
		for _, row := range worstOf(r.Cells) {
			if c := newCell(row); row.Verdict != report.Pass && c.Class() == verdict {
				bad = append(bad, c)
			}
		}
	}
	return bad
}

// A fault is what is wrong with some cells, in the same words.
type fault struct {
	Detail string
	Cells  []*cell
}

// told is how many cells of a fault are shown in full where it is told; beyond,
// they are named.
const told = 20

// Told are the cells that are shown in full.
func (f fault) Told() []*cell { return f.Cells[:min(told, len(f.Cells))] }

// Named are the others.
func (f fault) Named() []*cell { return f.Cells[min(told, len(f.Cells)):] }

// faults sorts cells by what is wrong with them, in the order in which that
// appears: one mistake makes many cells red.
func faults(bad []*cell) (all []fault) {
	for _, c := range bad {
		i := slices.IndexFunc(all, func(f fault) bool { return f.Detail == c.Detail })
		if i < 0 {
			i, all = len(all), append(all, fault{Detail: c.Detail})
		}
		all[i].Cells = append(all[i].Cells, c)
	}
	return all
}

// slowest are the cells that took longest.
func slowest(r Run, n int) []*cell {
	var all []*cell
	for _, row := range r.Cells {
		all = append(all, newCell(row))
	}
	slices.SortStableFunc(all, func(a, b *cell) int {
		switch {
		case a.Duration > b.Duration:
			return -1
		case a.Duration < b.Duration:
			return 1
		}
		return 0
	})
	return all[:min(n, len(all))]
}

// trend draws the runs as columns, the latest to the right: how long each took,
// and how many of its cells did not pass. One run has no trend.
func trend(runs []Run) template.HTML {
	if len(runs) < 2 {
		return ""
	}
	const column, tall, top, left = 26, 70, 16, 4
	longest := 0.0
	for _, r := range runs {
		longest = max(longest, r.Wall)
	}
	width := len(runs)*column + 2*left
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="trend" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Time of %d runs, the latest to the right; the table below has the same">`,
		width, tall+top+16, width, tall+top+16, len(runs))
	for i := range runs {
		r := runs[len(runs)-1-i]
		_, fail, unknown := r.Counts()
		x := left + i*column
		height := 1.0
		if longest > 0 {
			height = max(r.Wall/longest*tall, 1)
		}
		fmt.Fprintf(&b, `<g><title>%s: %s, %d not passed</title><rect class="bar %s" x="%d" y="%.1f" width="%d" height="%.1f"/>`,
			when(r), seconds(r.Wall), fail+unknown, r.verdict(), x+2, top+tall-height, column-4, height)
		fmt.Fprintf(&b, `<text class="body" x="%d" y="%d">%s</text></g>`, x+column/2, top+tall+13, marked(r, fail+unknown))
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// marked is the sign below a run's column.
func marked(r Run, bad int) string {
	if bad == 0 {
		return signs[r.verdict()]
	}
	return fmt.Sprintf("%s%d", signs[r.verdict()], bad)
}
