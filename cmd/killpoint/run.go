package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"

	"killpoint/harness/report"
	"killpoint/scenarios"
)

func runCellsCommand() *cli.Command {
	return &cli.Command{
		Name:    "run",
		Aliases: []string{"matrix"},
		Usage:   "run the crash matrix and write crash-matrix.json and junit.xml",
		Flags: append(runFlags(),
			&cli.StringFlag{Name: "shard", Usage: "run only shard `i/n` of the cells; the files are then named after it"},
			&cli.StringFlag{Name: "filter", Usage: "run only cells whose id or one of whose labels contains `TEXT`"},
			plantFlag(),
			&cli.BoolFlag{Name: "quiet", Usage: "print the summary and what did not pass, no table"},
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return fmt.Errorf("matrix: %q is no flag; --filter picks cells", cmd.Args().First())
			}
			cells, err := selectCells(cmd.String("filter"), cmd.String("shard"))
			if err != nil {
				return err
			}
			base, err := newBase(cmd)
			if err != nil {
				return err
			}
			defer base.close()
			if err := base.build(ctx, cmd.String("plant")); err != nil {
				return err
			}
			progress := newProgress(os.Stderr, len(cells))
			plan := base.plan(cmd, cells)
			plan.Done = progress.done
			plan.Evidence = filepath.Join(base.out, "failed")
			for _, c := range cells { // what an earlier run has left says nothing of this one
				if err := os.RemoveAll(filepath.Join(plan.Evidence, scenarios.FolderName(c.ID))); err != nil {
					return err
				}
			}
			plan.Repeat = reproCommandLine(cmd.String("plant"), "{id}")
			m := plan.RunAll(ctx)
			m.Shard, m.Filter = cmd.String("shard"), cmd.String("filter")
			progress.end()
			name := ""
			if m.Shard != "" {
				name = "-" + strings.ReplaceAll(m.Shard, "/", "-of-")
			}
			if err := writeReports(base.out, name, m); err != nil {
				return err
			}
			return show(os.Stdout, m, cmd.Bool("quiet"))
		},
	}
}

// show prints the matrix and turns a bad one into an error.
func show(w io.Writer, m report.Matrix, quiet bool) error {
	shown := m
	if quiet {
		shown.Cells = nil
		for _, r := range m.Cells {
			if r.Verdict != report.Pass {
				shown.Cells = append(shown.Cells, r)
			}
		}
	}
	if len(shown.Cells) > 0 {
		if err := shown.WriteTable(w); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, m.Summary())
	if !m.Passed() {
		return errRed
	}
	return nil
}

func writeReports(dir, name string, m report.Matrix) error {
	for file, write := range map[string]func(io.Writer) error{
		"crash-matrix" + name + ".json": m.WriteJSON,
		"junit" + name + ".xml":         m.WriteJUnit,
	} {
		f, err := os.Create(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		if err := write(f); err != nil {
			f.Close()
			return fmt.Errorf("write %s: %w", f.Name(), err)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// selectCells picks cells by text and shard; either may be empty.
func selectCells(filter, shard string) ([]scenarios.Cell, error) {
	var cells []scenarios.Cell
	for _, c := range scenarios.All() {
		if filter == "" || strings.Contains(c.ID, filter) || strings.Contains(strings.Join(c.Labels(), " "), filter) {
			cells = append(cells, c)
		}
	}
	if len(cells) == 0 {
		return nil, fmt.Errorf("no cell has %q in its id or labels; 'killpoint cells' lists them", filter)
	}
	if shard == "" {
		return cells, nil
	}
	cells, err := scenarios.Shard(cells, shard)
	if err == nil && len(cells) == 0 {
		err = fmt.Errorf("shard %s is empty: there are fewer cells than shards", shard)
	}
	return cells, err
}

func outFlag() cli.Flag {
	return &cli.StringFlag{Name: "out", Value: "out", Usage: "`FOLDER` for reports, binaries and everything else that is written"}
}

func plantFlag() cli.Flag {
	return &cli.StringFlag{Name: "plant", Usage: "plant the bug `NAME` in the ring first, to see what a red run looks like; 'killpoint mutants' has them all"}
}

func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON, and nothing else, to standard output"}
}

func runFlags() []cli.Flag {
	return []cli.Flag{
		outFlag(),
		&cli.Int64Flag{Name: "seed", Usage: "order in which cells are run; 0 takes one from the clock"},
		&cli.IntFlag{Name: "parallel", Aliases: []string{"p"}, Value: runtime.NumCPU(), Usage: "cells run side by side"},
		&cli.DurationFlag{Name: "patience", Value: time.Minute, Usage: "time for one cell; when it ends, the verdict is unknown"},
	}
}

// base is where a command works: the folder for results, and one for the cells
// that is removed in the end.
type base struct {
	out, bin, work string
	debug          bool // build for a debugger
	programs       scenarios.Programs
}

func newBase(cmd *cli.Command) (*base, error) {
	out, err := filepath.Abs(cmd.String("out"))
	if err != nil {
		return nil, err
	}
	b := &base{out: out, bin: filepath.Join(out, "bin")}
	if err := os.MkdirAll(b.bin, 0o755); err != nil {
		return nil, err
	}
	if b.work, err = os.MkdirTemp(out, "work-"); err != nil {
		return nil, err
	}
	return b, nil
}

// build builds the children, with a planted bug if one is named: such ones are
// not kept.
func (b *base) build(ctx context.Context, plant string) (err error) {
	build := scenarios.BuildChildren
	if b.debug {
		build = scenarios.BuildForDebugging
	}
	if plant == "" {
		b.programs, err = build(ctx, b.bin)
		return err
	}
	mutants, err := selectMutants([]string{plant})
	if err != nil {
		return err
	}
	b.programs, err = build(ctx, b.work, mutants[0].Edits...)
	return err
}

func (b *base) close() { os.RemoveAll(b.work) }

func (b *base) plan(cmd *cli.Command, cells []scenarios.Cell) scenarios.Plan {
	seed := cmd.Int64("seed")
	if seed == 0 {
		seed = time.Now().UnixNano() % 1_000_000
	}
	return scenarios.Plan{
		Programs: b.programs, Dir: b.work, Cells: cells, Seed: seed, Repeat: "make site SITE={id}",
		Parallel: cmd.Int("parallel"), Patience: cmd.Duration("patience"),
	}
}

// progress shows how far a run is: one changing line on a terminal, else only
// what did not pass.
type progress struct {
	w        *os.File
	terminal bool
	total, n int
	bad      int
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
	switch {
	case p.terminal:
		fmt.Fprintf(p.w, "\r\x1b[K[%d/%d] %d not passed  %s", p.n, p.total, p.bad, r.Cell.ID)
	case r.Verdict != scenarios.Pass:
		fmt.Fprintf(p.w, "[%d/%d] %s: %s\n", p.n, p.total, r.Cell.ID, r.Verdict)
	case p.n%100 == 0:
		fmt.Fprintf(p.w, "[%d/%d]\n", p.n, p.total)
	}
}

func (p *progress) end() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
