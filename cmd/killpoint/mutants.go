package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"killpoint/harness/report"
	"killpoint/scenarios"
)

// caught is what became of one planted bug.
type caught struct {
	Mutant  string   `json:"mutant"`
	Why     string   `json:"why"`
	Failed  []string `json:"failed"`  // cells
	Unknown []string `json:"unknown"` // cells
}

func mutantsCommand() *cli.Command {
	return &cli.Command{
		Name:      "mutants",
		Usage:     "run the matrix against planted bugs; each must turn some cell red",
		ArgsUsage: "[NAME...]",
		Flags:     runFlags(),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			mutants, err := selectMutants(cmd.Args().Slice())
			if err != nil {
				return err
			}
			base, err := newBase(cmd)
			if err != nil {
				return err
			}
			defer base.close()
			sound, err := runMutant(ctx, cmd, base, scenarios.Mutant{Name: "none"})
			if err != nil {
				return err
			}
			if len(sound.Failed)+len(sound.Unknown) > 0 {
				return fmt.Errorf("mutants: cells do not pass without a planted bug, so they would prove nothing about one: %s",
					strings.Join(append(sound.Failed, sound.Unknown...), ", "))
			}
			var all []caught
			missed := 0
			for _, m := range mutants {
				c, err := runMutant(ctx, cmd, base, m)
				if err != nil {
					return err
				}
				if ctx.Err() != nil {
					return fmt.Errorf("interrupted at planted bug %s", m.Name)
				}
				all = append(all, c)
				if len(c.Failed) == 0 {
					missed++
				}
				fmt.Println(c)
			}
			text, err := json.MarshalIndent(all, "", " ")
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(base.out, "mutants.json"), append(text, '\n'), 0o644); err != nil {
				return err
			}
			fmt.Printf("%d planted bugs, %d caught\n", len(all), len(all)-missed)
			if missed > 0 {
				return errRed
			}
			return nil
		},
	}
}

func selectMutants(names []string) ([]scenarios.Mutant, error) {
	all := scenarios.Mutants()
	if len(names) == 0 {
		return all, nil
	}
	var picked []scenarios.Mutant
	for _, name := range names {
		found := false
		for _, m := range all {
			if m.Name == name {
				picked, found = append(picked, m), true
			}
		}
		if !found {
			var known []string
			for _, m := range all {
				known = append(known, m.Name)
			}
			return nil, fmt.Errorf("there is no planted bug %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return picked, nil
}

// runMutant runs the matrix on a ring with one bug. A cell that only comes out
// unknown has not caught it: what a cell catches, it must be able to name.
func runMutant(ctx context.Context, cmd *cli.Command, b *base, m scenarios.Mutant) (caught, error) {
	c := caught{Mutant: m.Name, Why: m.Why}
	bin, err := os.MkdirTemp(b.work, "mutant-")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(bin)
	programs, err := scenarios.BuildChildren(ctx, bin, m.Edits...)
	if err != nil {
		return c, fmt.Errorf("planted bug %s: %w", m.Name, err)
	}
	plan := b.plan(cmd, scenarios.All())
	plan.Programs = programs
	if !cmd.IsSet("patience") {
		plan.Patience = 3 * time.Second
	}
	for _, r := range plan.RunAll(ctx).Cells {
		switch r.Verdict {
		case report.Fail:
			c.Failed = append(c.Failed, r.ID)
		case report.Unknown:
			c.Unknown = append(c.Unknown, r.ID)
		}
	}
	return c, nil
}

func (c caught) String() string {
	verdict := fmt.Sprintf("caught by %d cells", len(c.Failed))
	if len(c.Failed) == 0 {
		verdict = "NOT CAUGHT"
	}
	if len(c.Unknown) > 0 {
		verdict += fmt.Sprintf(" (%d unknown)", len(c.Unknown))
	}
	const shown = 3
	cells := c.Failed
	if len(cells) > shown {
		cells = append(cells[:shown:shown], fmt.Sprintf("and %d more", len(c.Failed)-shown))
	}
	return fmt.Sprintf("%-30s %s: %s\n%-30s   %s", c.Mutant, verdict, c.Why, "", strings.Join(cells, ", "))
}
