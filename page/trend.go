package page

import (
	"slices"

	"killpoint/harness/report"
)

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
