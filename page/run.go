package page

import (
	"fmt"
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

// Sound tells whether all cells are there, once, and passed.
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
