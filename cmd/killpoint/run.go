package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"

	"killpoint/harness/report"
	"killpoint/scenarios"
)

func runCellsCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Aliases:   []string{"matrix"},
		Usage:     "run cells of the crash matrix and write crash-matrix.json and junit.xml",
		ArgsUsage: "[PATTERN]...",
		Description: "Runs all cells, or those whose id matches a PATTERN with stars, or has it, or in a label, if it is plain text.\n" +
			"A cell that does not pass leaves its evidence in OUT/failed. Ctrl-C ends all children and writes what there is.",
		Flags: append(runFlags(),
			&cli.StringFlag{Name: "shard", Usage: "run only shard `i/n` of the cells; the files are then named after it"},
			&cli.StringSliceFlag{Name: "label", Usage: "run only cells with the label `WORD`; of several, with all of them"},
			&cli.IntFlag{Name: "repeat", Value: 1, Validator: positive[int], Usage: "run each cell `N` times; the report has the worst run of each"},
			&cli.BoolFlag{Name: "until-fail", Usage: "run all again and again until a cell does not pass"},
			plantFlag(),
			&cli.BoolFlag{Name: "quiet", Usage: "print the summary and what did not pass, no table"},
			jsonFlag(),
		),
		Action: runCells,
	}
}

func runCells(ctx context.Context, cmd *cli.Command) error {
	picked := choice{patterns: cmd.Args().Slice(), labels: cmd.StringSlice("label"), shard: cmd.String("shard")}
	cells, err := picked.cells()
	if err != nil {
		return err
	}
	base, err := prepared(ctx, cmd)
	if err != nil {
		return err
	}
	defer base.close()
	plan := base.plan(cmd, cells)
	plan.Evidence = filepath.Join(base.out, "failed")
	for _, c := range cells { // what an earlier run has left says nothing of this one
		if err := os.RemoveAll(filepath.Join(plan.Evidence, scenarios.FolderName(c.ID))); err != nil {
			return err
		}
	}
	plan.Repeat = reproCommandLine(cmd.String("plant"), placeholder)
	m := rounds(ctx, cmd, plan)
	m.Shard, m.Filter = picked.shard, strings.Join(append(picked.patterns, picked.labels...), " ")
	name := ""
	if m.Shard != "" {
		name = "-" + strings.ReplaceAll(m.Shard, "/", "-of-")
	}
	// What has been found is said before it is known whether it can be kept.
	verdict := shown(m, cmd, cmd.Bool("quiet"))
	if verdict == nil && m.Interrupted && !cmd.Bool("until-fail") {
		verdict = errRed // not all was done
	}
	if err := writeReports(base.out, name, m); err != nil {
		return fmt.Errorf("the result above could not be kept: %w", err)
	}
	return verdict
}

// rounds runs the plan as often as it is to be run, each time in another order,
// and returns the worst run of each cell.
func rounds(ctx context.Context, cmd *cli.Command, plan scenarios.Plan) (worst report.Matrix) {
	seed := plan.Seed
	endless := cmd.Bool("until-fail") && !cmd.IsSet("repeat")
	for n := 1; endless || n <= cmd.Int("repeat"); n++ {
		progress := newProgress(os.Stderr, len(plan.Cells))
		if n > 1 || endless || cmd.Int("repeat") > 1 {
			progress.round = n
		}
		plan.Done, plan.Seed = progress.done, seed+int64(n)-1
		m := plan.RunAll(ctx)
		progress.end()
		if n == 1 {
			worst = m
		} else {
			worst = worst.Worse(uncut(m, worst))
		}
		if worst.Interrupted || cmd.Bool("until-fail") && !worst.Passed() {
			break
		}
	}
	return worst
}

// uncut is a round in which what an end by hand has cut off is as it was before:
// it says nothing. Any other unknown cell is one.
func uncut(m, before report.Matrix) report.Matrix {
	if m.Interrupted {
		for i, r := range m.Cells {
			if r.Verdict == report.Unknown {
				m.Cells[i] = before.Cells[i]
			}
		}
	}
	return m
}

// shown prints a matrix in the form that was asked for.
func shown(m report.Matrix, cmd *cli.Command, quiet bool) error {
	if !cmd.Bool("json") {
		return show(os.Stdout, m, quiet)
	}
	return verdict(m, m.WriteJSON(os.Stdout))
}

// verdict turns a bad matrix into an error, whether it could be printed or not. It
// counts also if nobody reads what is printed any more.
func verdict(m report.Matrix, printed error) error {
	if unread(printed) {
		printed = nil
	}
	if !m.Passed() {
		return errors.Join(errRed, printed)
	}
	return printed
}

// show prints the matrix and turns a bad one into an error.
func show(w io.Writer, m report.Matrix, quiet bool) error {
	shown := m
	shown.Cells = slices.DeleteFunc(slices.Clone(m.Cells), func(r report.Row) bool {
		return quiet && r.Verdict == report.Pass || m.Interrupted && r.Detail == scenarios.NeverBegan
	})
	var err error
	if len(shown.Cells) > 0 {
		err = shown.WriteTable(w)
		fmt.Fprintln(w)
	}
	_, last := fmt.Fprintln(w, m.Summary())
	return verdict(m, cmp.Or(err, last))
}

func writeReports(dir, name string, m report.Matrix) error {
	for file, write := range map[string]func(io.Writer) error{
		"crash-matrix" + name + ".json": m.WriteJSON,
		"junit" + name + ".xml":         m.WriteJUnit,
	} {
		if err := writeFile(filepath.Join(dir, file), write); err != nil {
			return err
		}
	}
	return nil
}

// choice is which cells are to be run: those that match any of the patterns and
// have all of the labels, in a shard. What is empty leaves nothing out.
type choice struct {
	patterns, labels []string
	shard            string
}

func (c choice) cells() ([]scenarios.Cell, error) {
	for _, p := range c.patterns {
		if p == "" {
			return nil, errors.New("a pattern is empty, and would pick every cell; leave it out for that")
		}
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p, err)
		}
	}
	var cells []scenarios.Cell
	for _, cell := range scenarios.All() {
		if c.takes(cell) {
			cells = append(cells, cell)
		}
	}
	if len(cells) == 0 {
		return nil, fmt.Errorf("no cell has %q in its id or labels; 'killpoint cells' lists them", strings.Join(append(c.patterns, c.labels...), " "))
	}
	if c.shard == "" {
		return cells, nil
	}
	cells, err := scenarios.Shard(cells, c.shard)
	if err == nil && len(cells) == 0 {
		err = errors.New("shard " + c.shard + " is empty: there are fewer cells than shards")
	}
	return cells, err
}

func (c choice) takes(cell scenarios.Cell) bool {
	labels := cell.Labels()
	for _, want := range c.labels {
		if !slices.Contains(labels, want) {
			return false
		}
	}
	return len(c.patterns) == 0 || slices.ContainsFunc(c.patterns, func(p string) bool {
		if !strings.ContainsAny(p, "*?[") {
			return strings.Contains(cell.ID, p) || strings.Contains(strings.Join(labels, " "), p)
		}
		// A star stands for anything, as it does for a person who has no folders
		// in mind.
		matched, _ := path.Match(flat(p), flat(cell.ID))
		return matched
	})
}

func flat(id string) string { return strings.ReplaceAll(id, "/", ":") }

// progress shows how far a run is: one changing line on a terminal, else only
// what did not pass.
type progress struct {
	w        *os.File
	terminal bool
	total, n int
	bad      int
	round    int // 0 if there is only one
}

func newProgress(w *os.File, total int) *progress {
	_, err := unix.IoctlGetTermios(int(w.Fd()), unix.TCGETS)
	return &progress{w: w, terminal: err == nil, total: total}
}

func (p *progress) done(r scenarios.Result) {
	p.n++
	if r.Verdict != scenarios.Pass {
		p.bad++
	}
	at := fmt.Sprintf("[%d/%d]", p.n, p.total)
	if p.round > 0 {
		at = fmt.Sprintf("[%d/%d, round %d]", p.n, p.total, p.round)
	}
	switch {
	case p.terminal:
		const width = 20
		full := p.n * width / p.total
		bar := strings.Repeat("#", full) + strings.Repeat(".", width-full)
		fmt.Fprintf(p.w, "\r\x1b[K%s %s %d not passed  %s", bar, at, p.bad, r.Cell.ID)
	case r.Verdict != scenarios.Pass:
		fmt.Fprintf(p.w, "%s %s: %s\n", at, r.Cell.ID, r.Verdict)
	case p.n%100 == 0:
		fmt.Fprintln(p.w, at)
	}
}

func (p *progress) end() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
