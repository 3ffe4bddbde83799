package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v3"

	"killpoint/internal/planted"
	"killpoint/scenarios"
)

func mutantsCommand() *cli.Command {
	return &cli.Command{
		Name:      "mutants",
		Usage:     "plant bugs, in the ring and in everything else, one at a time; each must be caught by those it is made for",
		ArgsUsage: "[NAME...]",
		Description: "A bug of the ring must be caught by cells of the matrix, by exploring, or by a peer in between.\n" +
			"A bug of everything else, of the harness, must turn its test red, in a copy of the checkout.",
		Flags: append(runFlags(),
			&cli.StringFlag{Name: "of", Value: ofAll, Usage: "plant those of `PART`: ring, harness or all", Validator: part},
			&cli.BoolFlag{Name: "all", Usage: "find all cells that catch a bug, not only the first"},
			jsonFlag(),
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			mutants, bugs, err := selectBugs(cmd.String("of"), cmd.Args().Slice())
			if err != nil {
				return err
			}
			all, err := plantAll(ctx, cmd, mutants, bugs)
			if err != nil {
				return err
			}
			text, err := json.MarshalIndent(all, "", " ")
			if err != nil {
				return err
			}
			write := func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err }
			if err := writeFile(filepath.Join(cmd.String("out"), "mutants.json"), write); err != nil {
				return err
			}
			if cmd.Bool("json") {
				if err := printJSON(all); err != nil {
					return err
				}
			}
			return tally(all, said(cmd))
		},
	}
}

// baseline runs all cells without a planted bug: one that does not pass then
// would prove nothing about one.
func baseline(ctx context.Context, cmd *cli.Command, b *base) error {
	if m := b.plan(cmd, scenarios.All()).RunAll(ctx); !m.Passed() {
		for _, r := range m.Cells {
			if r.Verdict != string(scenarios.Pass) {
				fmt.Fprintf(os.Stderr, "%s: %s\n\t%s\n", r.ID, r.Verdict, strings.ReplaceAll(r.Detail, "\n", "\n\t"))
			}
		}
		return fmt.Errorf("mutants: cells do not pass without a planted bug, so they would prove nothing about one: %s", m.Summary())
	}
	return nil
}

// plantAll plants bugs of the ring, then those of all else.
func plantAll(ctx context.Context, cmd *cli.Command, mutants []scenarios.Mutant, bugs []planted.Bug) (all []caught, err error) {
	if len(mutants) > 0 {
		base, err := prepared(ctx, cmd)
		if err != nil {
			return nil, err
		}
		defer base.close()
		if err := baseline(ctx, cmd, base); err != nil {
			return nil, err
		}
		all, err = sideBySide(ctx, cmd, mutants, func(ctx context.Context, m scenarios.Mutant) (caught, error) {
			return runMutant(ctx, cmd, base, m)
		})
		if err != nil {
			return nil, err
		}
	}
	if len(bugs) > 0 {
		more, err := plantInHarness(ctx, cmd, bugs)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// sideBySide takes planted bugs, several at a time, and prints what became of
// each in their order.
func sideBySide[B any](ctx context.Context, cmd *cli.Command, bugs []B, try func(context.Context, B) (caught, error)) ([]caught, error) {
	all, errs := make([]caught, len(bugs)), make([]error, len(bugs))
	done := make([]chan struct{}, len(bugs))
	next := make(chan int)
	ctx, stop := context.WithCancel(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer stop()
	for i := range done {
		done[i] = make(chan struct{})
	}
	for range max(cmd.Int("parallel"), 1) {
		workers.Go(func() {
			for i := range next {
				all[i], errs[i] = try(ctx, bugs[i])
				close(done[i])
			}
		})
	}
	workers.Go(func() {
		defer close(next)
		for i := range bugs {
			next <- i
		}
	})
	for i := range bugs {
		<-done[i]
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("interrupted after %d of %d planted bugs", i, len(bugs))
		case errs[i] != nil:
			return nil, errs[i]
		}
		fmt.Fprintln(said(cmd), all[i])
	}
	return all, nil
}

// runMutant runs cells on a ring with one bug: first those made for it, then, if
// they have missed it, all others. A cell that only comes out unknown has not
// caught it: what a cell catches, it must be able to name.
func runMutant(ctx context.Context, cmd *cli.Command, b *base, m scenarios.Mutant) (caught, error) {
	c := caught{Mutant: m.Name, Of: ofRing, Why: m.Why, Missed: []string{}}
	bin, err := os.MkdirTemp(b.work, "mutant-")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(bin)
	programs, err := scenarios.BuildChildren(ctx, bin, m.Edits...)
	if err != nil {
		return c, fmt.Errorf("planted bug %s: %w", m.Name, err)
	}
	c.hunt(ctx, b, m, programs)
	if m.Cells == "" && !cmd.Bool("all") {
		return c, nil // all cells pass; to see it takes them all
	}
	var first, others []scenarios.Cell
	for _, cell := range scenarios.All() {
		if strings.Contains(cell.ID, m.Cells) {
			first = append(first, cell)
		} else {
			others = append(others, cell)
		}
	}
	for _, cells := range [][]scenarios.Cell{first, others} {
		if len(c.Failed) > 0 && !cmd.Bool("all") {
			break
		}
		plan := b.plan(cmd, cells)
		plan.Programs, plan.Parallel = programs, 1
		if !cmd.IsSet("patience") {
			plan.Patience = 3 * time.Second
		}
		c.look(ctx, plan, cmd.Bool("all"))
	}
	if len(c.Failed) == 0 && m.Cells != "" {
		c.Missed = append(c.Missed, "matrix")
	}
	return c, nil
}

// look runs cells, up to the first one that fails unless all are wanted.
func (c *caught) look(ctx context.Context, plan scenarios.Plan, all bool) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	plan.Done = func(r scenarios.Result) {
		if c.count(r); len(c.Failed) > 0 && !all {
			stop()
		}
	}
	plan.RunAll(ctx)
}

// count takes what a cell has come to. It has caught the bug if it says what of
// the ring is wrong, and not if it could not tell.
func (c *caught) count(r scenarios.Result) {
	c.Run++
	if r.Verdict == scenarios.Unknown {
		c.Unknown = append(c.Unknown, r.Cell.ID)
	}
	if r.Verdict == scenarios.Fail && len(r.Detail) > 0 {
		if c.Failed = append(c.Failed, r.Cell.ID); c.Seen == "" {
			c.Seen, _, _ = strings.Cut(r.Detail[0], "\n")
		}
	}
}
