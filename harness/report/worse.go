package report

// Worse joins a run with a later one of the same cells: of each cell, it has the
// run that says more against it, and of two that say the same the later one.
func (m Matrix) Worse(later Matrix) Matrix {
	rank := map[string]int{Pass: 0, Fail: 2} // all others are unknown
	of := func(r Row) int {
		if n, ok := rank[r.Verdict]; ok {
			return n
		}
		return 1
	}
	worst := later
	worst.Began, worst.Seed = m.Began, m.Seed
	worst.Wall = m.Wall + later.Wall
	worst.Rounds = max(m.Rounds, 1) + 1
	worst.Interrupted = m.Interrupted || later.Interrupted
	worst.Cells = make([]Row, len(later.Cells))
	for i, r := range later.Cells {
		if of(m.Cells[i]) > of(r) {
			r = m.Cells[i]
		}
		worst.Cells[i] = r
	}
	return worst
}
