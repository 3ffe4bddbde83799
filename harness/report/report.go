// Package report has the results: of the crash matrix, of planted bugs, of
// soaking. They are plain records; this package turns them into what people and
// machines read: JSON, a table, JUnit. It knows rows, not rings.
//
//	m, err := report.Read("out/crash-matrix.json")
//	m.WriteTable(os.Stdout)
//	if !m.Passed() { … }
package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/onsi/ginkgo/v2/reporters"
)

// Verdicts of a row. Unknown is no pass.
const (
	Pass    = "pass"
	Fail    = "fail"
	Unknown = "unknown"
)

// A Row is one cell of a matrix, run once.
type Row struct {
	ID       string  `json:"id"`
	Site     string  `json:"site"`
	Role     string  `json:"role"`
	Mode     string  `json:"mode"`
	Poll     string  `json:"poll"` // on, off, or empty where nobody sleeps
	Outcome  string  `json:"outcome"`
	Verdict  string  `json:"verdict"`
	Detail   string  `json:"detail"`
	Duration float64 `json:"duration_ms"`
	Spawn    float64 `json:"spawn_ms"` // of which starting processes
	Hit      int     `json:"hit"`      // at which the site was reached; 0 if there is none
	Exit     string  `json:"exit"`     // of the victim
	// Since format 2.
	Variant  string    `json:"variant,omitempty"` // the state of the other side, as in the id
	Labels   []string  `json:"labels,omitempty"`  // beside site, role, mode and variant
	Evidence *Evidence `json:"evidence,omitempty"`
}

// Name is the row's id without its mode and variant: rows of one name stand
// beside each other in a grid.
func (r Row) Name() string {
	name := r.ID
	if r.Variant != "" {
		name = strings.TrimSuffix(name, "/"+r.Variant)
	}
	return strings.TrimSuffix(name, "/"+r.Mode)
}

// A Site is an entry of the catalogue of places to die at.
type Site struct {
	Site string `json:"site"`
	Role string `json:"role"`
	Op   string `json:"op"`   // the operation
	Done string `json:"done"` // when a process stands there
	Next string `json:"next"` // what it would do
}

// Format is the version of the JSON. Later ones add to it and take nothing away.
const Format = 2

// A Matrix is one run, or a shard of one.
type Matrix struct {
	Go     string  `json:"go"`
	Kernel string  `json:"kernel"`
	CPUs   int     `json:"cpus"`
	Shard  string  `json:"shard,omitempty"`  // "2/3"
	Filter string  `json:"filter,omitempty"` // by which the cells were picked
	Seed   int64   `json:"seed"`             // of the order in which the cells were run
	Wall   float64 `json:"wall_ms"`
	// Since format 2.
	Format      int       `json:"format,omitempty"`
	Began       time.Time `json:"began,omitzero"`
	Repeat      string    `json:"repeat,omitempty"`      // the command that repeats a cell; {id} stands for its id
	Interrupted bool      `json:"interrupted,omitempty"` // cells that it kept from running are unknown
	Rounds      int       `json:"rounds,omitempty"`      // how often each cell was run, if more than once; each has its worst run here
	Sites       []Site    `json:"sites,omitempty"`       // in the order of the catalogue
	Sums        *Sums     `json:"sums,omitempty"`        // of the cells, for WriteJSON and Read alone
	Cells       []Row     `json:"cells"`
}

// Counts returns how many rows have each verdict. A verdict that is none of
// the three counts as unknown.
func (m Matrix) Counts() (pass, fail, unknown int) {
	for _, r := range m.Cells {
		switch r.Verdict {
		case Pass:
			pass++
		case Fail:
			fail++
		default:
			unknown++
		}
	}
	return pass, fail, unknown
}

// Passed reports whether there are rows and all of them passed.
func (m Matrix) Passed() bool {
	pass, _, _ := m.Counts()
	return pass == len(m.Cells) && pass > 0
}

// WriteJSON writes the matrix, a line for each cell.
func (m Matrix) WriteJSON(w io.Writer) error {
	head := m
	pass, fail, unknown := m.Counts()
	head.Format, head.Cells, head.Sums = Format, []Row{}, &Sums{len(m.Cells), pass, fail, unknown}
	text, err := json.MarshalIndent(head, "", " ")
	if err != nil {
		return err
	}
	end := []byte("]\n}") // of the cells, which come last
	text = bytes.TrimSuffix(text, end)
	for i, r := range m.Cells {
		row, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("cell %s: %w", r.ID, err)
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(text, "\n  "...), row...)
	}
	_, err = w.Write(append(append(text, end...), '\n'))
	return err
}

// Merge puts shards together and checks them against the ids of all cells: one
// that is missing, doubled or unknown is an error, which names it. The merged
// matrix holds what there was all the same, in the order of ids.
func Merge(shards []Matrix, ids []string) (Matrix, error) {
	var merged Matrix
	rows := map[string][]Row{}
	for i, s := range shards {
		if i == 0 {
			merged = Matrix{Go: s.Go, Kernel: s.Kernel, CPUs: s.CPUs, Seed: s.Seed,
				Format: Format, Began: s.Began, Repeat: s.Repeat, Sites: s.Sites}
		}
		if s.Began.Before(merged.Began) {
			merged.Began = s.Began
		}
		merged.Wall = max(merged.Wall, s.Wall)
		merged.Interrupted = merged.Interrupted || s.Interrupted
		for _, r := range s.Cells {
			rows[r.ID] = append(rows[r.ID], r)
		}
	}
	problems := missingShards(shards)
	for _, id := range ids {
		switch n := len(rows[id]); n {
		case 0:
			problems = append(problems, fmt.Errorf("cell %s is missing", id))
		case 1:
		default:
			problems = append(problems, fmt.Errorf("cell %s is there %d times", id, n))
		}
		merged.Cells = append(merged.Cells, rows[id]...)
		delete(rows, id)
	}
	var strangers []string
	for id := range rows {
		strangers = append(strangers, id)
	}
	slices.Sort(strangers)
	for _, id := range strangers {
		problems = append(problems, fmt.Errorf("cell %s is none of this matrix", id))
	}
	return merged, errors.Join(problems...)
}

// missingShards names the shards that should stand beside those that are there.
func missingShards(shards []Matrix) []error {
	there := map[string]bool{}
	total := 0
	for _, s := range shards {
		there[s.Shard] = true
		_, n := s.shard()
		total = max(total, n)
	}
	var problems []error
	for i := 1; i <= total; i++ {
		if shard := fmt.Sprintf("%d/%d", i, total); !there[shard] {
			problems = append(problems, fmt.Errorf("shard %s is missing", shard))
		}
	}
	return problems
}

// Summary is the matrix in one line.
func (m Matrix) Summary() string {
	pass, fail, unknown := m.Counts()
	parts := []string{
		fmt.Sprintf("%d cells: %d pass, %d fail, %d unknown", len(m.Cells), pass, fail, unknown),
		fmt.Sprintf("%.2f s", m.Wall/1000),
	}
	if m.Shard != "" {
		parts = append(parts, "shard "+m.Shard)
	}
	if m.Rounds > 1 {
		parts = append(parts, fmt.Sprintf("%d rounds", m.Rounds))
	}
	if m.Interrupted {
		parts = append(parts, "INTERRUPTED")
	}
	if m.Filter != "" {
		parts = append(parts, fmt.Sprintf("only those with %q", m.Filter))
	}
	return strings.Join(parts, ", ")
}

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

// WriteTable writes one line a cell, and what is wrong below the cells that did
// not pass.
func (m Matrix) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SITE\tMODE\tPOLL\tOUTCOME\tVERDICT\tTIME")
	for _, r := range m.Cells {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%.1f ms\n", r.name(), dash(r.Mode), dash(r.Poll), dash(r.Outcome), r.Verdict, r.Duration)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range m.Cells {
		if r.Verdict != Pass {
			if _, err := fmt.Fprintf(w, "\n%s: %s\n\t%s\n", r.ID, r.Verdict, strings.ReplaceAll(r.Detail, "\n", "\n\t")); err != nil {
				return err
			}
		}
	}
	return nil
}

// name is the row's id without what the other columns say.
func (r Row) name() string {
	name := r.ID
	for _, word := range []string{"/poll-" + r.Poll, "/" + r.Mode} {
		name = strings.TrimSuffix(name, word)
	}
	if late, ok := strings.CutSuffix(name, "/late"); ok {
		name = strings.TrimSuffix(late, "/"+r.Mode) + " (late peer)"
	}
	return name
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// WriteJUnit writes the matrix as a JUnit suite, in the form that Ginkgo
// writes its own. A cell that is unknown is an error, not a pass.
func (m Matrix) WriteJUnit(w io.Writer) error {
	_, fail, unknown := m.Counts()
	suite := reporters.JUnitTestSuite{
		Name:     "crash matrix",
		Tests:    len(m.Cells),
		Failures: fail,
		Errors:   unknown,
		Time:     m.Wall / 1000,
		Properties: reporters.JUnitProperties{Properties: []reporters.JUnitProperty{
			{Name: "go", Value: m.Go},
			{Name: "kernel", Value: m.Kernel},
		}},
	}
	for _, r := range m.Cells {
		c := reporters.JUnitTestCase{Name: r.ID, Classname: "killpoint", Status: r.Verdict, Time: r.Duration / 1000}
		switch r.Verdict {
		case Pass:
		case Fail:
			c.Failure = &reporters.JUnitFailure{Type: r.Verdict, Message: r.Detail, Description: r.Detail}
		default:
			c.Error = &reporters.JUnitError{Type: r.Verdict, Message: r.Detail, Description: r.Detail}
		}
		suite.TestCases = append(suite.TestCases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	return enc.Encode(reporters.JUnitTestSuites{
		Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Time: suite.Time,
		TestSuites: []reporters.JUnitTestSuite{suite},
	})
}
