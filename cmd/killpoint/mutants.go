package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v3"

	"killpoint/harness/report"
	"killpoint/internal/planted"
	"killpoint/scenarios"
	"killpoint/scenarios/explored"
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
func plantAll(ctx context.Context, cmd *cli.Command, mutants []scenarios.Mutant, bugs []planted.Bug) (all []report.Planted, err error) {
	if len(mutants) > 0 {
		base, err := prepared(ctx, cmd)
		if err != nil {
			return nil, err
		}
		defer base.close()
		if err := baseline(ctx, cmd, base); err != nil {
			return nil, err
		}
		all, err = sideBySide(ctx, cmd, mutants, func(ctx context.Context, m scenarios.Mutant) (report.Planted, error) {
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
func sideBySide[B any](ctx context.Context, cmd *cli.Command, bugs []B, try func(context.Context, B) (report.Planted, error)) ([]report.Planted, error) {
	all, errs := make([]report.Planted, len(bugs)), make([]error, len(bugs))
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
func runMutant(ctx context.Context, cmd *cli.Command, b *base, m scenarios.Mutant) (report.Planted, error) {
	c := report.Planted{Mutant: m.Name, Of: ofRing, Why: m.Why, Missed: []string{}}
	bin, err := os.MkdirTemp(b.work, "mutant-")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(bin)
	programs, err := scenarios.BuildChildren(ctx, bin, m.Edits...)
	if err != nil {
		return c, fmt.Errorf("planted bug %s: %w", m.Name, err)
	}
	hunt(ctx, &c, b, m, programs)
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
		look(ctx, &c, plan, cmd.Bool("all"))
	}
	missedByMatrix(&c, m)
	return c, nil
}

// missedByMatrix notes that the matrix has missed the bug, if there are cells for it.
func missedByMatrix(c *report.Planted, m scenarios.Mutant) {
	if len(c.Failed) == 0 && m.Cells != "" {
		c.Missed = append(c.Missed, "matrix")
	}
}

// look runs cells, up to the first one that fails unless all are wanted.
func look(ctx context.Context, c *report.Planted, plan scenarios.Plan, all bool) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	plan.Done = func(r scenarios.Result) {
		if count(c, r); len(c.Failed) > 0 && !all {
			stop()
		}
	}
	plan.RunAll(ctx)
}

// count takes what a cell has come to. It has caught the bug if it says what of
// the ring is wrong, and not if it could not tell.
func count(c *report.Planted, r scenarios.Result) {
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

// Where a bug is planted.
const (
	ofAll     = "all"
	ofRing    = "ring"
	ofHarness = "harness" // and all else that is not the ring
)

func part(of string) error {
	switch of {
	case ofAll, ofRing, ofHarness:
		return nil
	}
	return fmt.Errorf("it must be %s, %s or %s", ofRing, ofHarness, ofAll)
}

// selectBugs picks planted bugs by name; without names, all of that part.
func selectBugs(of string, names []string) (mutants []scenarios.Mutant, bugs []planted.Bug, err error) {
	if of != ofHarness {
		mutants = scenarios.Mutants()
	}
	if of != ofRing {
		bugs = planted.All()
	}
	if len(names) == 0 {
		return mutants, bugs, nil
	}
	var known []string
	byName := map[string]func(){}
	var someMutants []scenarios.Mutant
	var someBugs []planted.Bug
	for _, m := range mutants {
		known = append(known, m.Name)
		byName[m.Name] = func() { someMutants = append(someMutants, m) }
	}
	for _, b := range bugs {
		known = append(known, b.Name)
		byName[b.Name] = func() { someBugs = append(someBugs, b) }
	}
	for _, name := range names {
		pick, ok := byName[name]
		if !ok {
			return nil, nil, fmt.Errorf("there is no planted bug %q; there are %s", name, strings.Join(known, ", "))
		}
		pick()
	}
	return someMutants, someBugs, nil
}

// plantInHarness plants bugs in copies of the checkout, one for each worker.
func plantInHarness(ctx context.Context, cmd *cli.Command, bugs []planted.Bug) ([]report.Planted, error) {
	top, err := moduleRoot(ctx)
	if err != nil {
		return nil, err
	}
	b, err := newBase(cmd)
	if err != nil {
		return nil, err
	}
	defer b.close()
	free := make(chan *planted.Tree, max(cmd.Int("parallel"), 1))
	for i := range cap(free) {
		tree, err := planted.Copy(top, filepath.Join(b.work, fmt.Sprintf("copy-%d", i+1)))
		if err != nil {
			return nil, roomier(err, b.out)
		}
		if i == 0 {
			fmt.Fprintln(os.Stderr, "killpoint: running the tests of the planted bugs without one")
			if err := tree.Sound(ctx, bugs); err != nil {
				if ctx.Err() != nil {
					return nil, errors.New("interrupted before a bug was planted in the harness")
				}
				return nil, fmt.Errorf("mutants: %w", err)
			}
		}
		free <- tree
	}
	return sideBySide(ctx, cmd, bugs, func(ctx context.Context, bug planted.Bug) (report.Planted, error) {
		tree := <-free
		defer func() { free <- tree }()
		r, err := tree.Try(ctx, bug)
		c := report.Planted{Mutant: bug.Name, Of: ofHarness, Why: bug.Why, Test: bug.Package + " " + bug.Test,
			Run: 1, Seen: r.Seen, Missed: []string{}}
		if !r.Caught {
			c.Missed = append(c.Missed, "test, "+r.Missed)
		}
		return c, err
	})
}

// hunt has exploring look for the bug, if it is one that exploring must find.
func hunt(ctx context.Context, c *report.Planted, b *base, m scenarios.Mutant, programs scenarios.Programs) {
	plain := explored.Build{Name: explored.Plain, Program: programs.Plain}
	missed := func(who string, f *explored.Finding, err error) {
		if err != nil {
			c.Missed = append(c.Missed, fmt.Sprintf("%s, undecided: %v", who, err))
		} else if f == nil {
			c.Missed = append(c.Missed, who)
		}
	}
	var err error
	if m.Operation != "" {
		c.Explored, err = explored.Hunt(ctx, plain, b.work, m.Operation)
		missed("explore", c.Explored, err)
	}
	if m.Pairing[0] != "" {
		c.Interleaved, err = explored.Contest(ctx, plain, b.work, m.Pairing[0], m.Pairing[1])
		missed("interleave", c.Interleaved, err)
	}
}

// tally prints who has caught how many.
func tally(all []report.Planted, w io.Writer) error {
	ring, harness, missed, matrix, alone, between, tests := 0, 0, 0, 0, 0, 0, 0
	for _, c := range all {
		missed += min(len(c.Missed), 1)
		matrix += min(len(c.Failed), 1)
		if c.Explored != nil {
			alone++
		}
		if c.Interleaved != nil {
			between++
		}
		if c.Of == ofRing {
			ring++
			continue
		}
		harness++
		if len(c.Missed) == 0 {
			tests++
		}
	}
	if ring > 0 {
		fmt.Fprintf(w, "%d planted bugs of the ring: the matrix catches %d, exploring %d, a peer in between %d\n", ring, matrix, alone, between)
	}
	if harness > 0 {
		fmt.Fprintf(w, "%d planted bugs of the harness: tests catch %d\n", harness, tests)
	}
	fmt.Fprintf(w, "%d planted bugs, %d caught by all that must\n", len(all), len(all)-missed)
	if missed > 0 {
		return errRed
	}
	return nil
}
