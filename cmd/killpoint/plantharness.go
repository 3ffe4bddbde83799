package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"killpoint/internal/planted"
	"killpoint/scenarios"
)

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
func plantInHarness(ctx context.Context, cmd *cli.Command, bugs []planted.Bug) ([]caught, error) {
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
	return sideBySide(ctx, cmd, bugs, func(ctx context.Context, bug planted.Bug) (caught, error) {
		tree := <-free
		defer func() { free <- tree }()
		r, err := tree.Try(ctx, bug)
		c := caught{Mutant: bug.Name, Of: ofHarness, Why: bug.Why, Test: bug.Package + " " + bug.Test,
			Run: 1, Seen: r.Seen, Missed: []string{}}
		if !r.Caught {
			c.Missed = append(c.Missed, "test, "+r.Missed)
		}
		return c, err
	})
}
