package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"killpoint/ring"
	"killpoint/scenarios"
)

func siteCommand() *cli.Command {
	return &cli.Command{
		Name:      "site",
		Usage:     "run one cell and show what happened: timeline, ring before, at death and after",
		ArgsUsage: "SITE | CELL",
		Flags: append(runFlags(),
			&cli.StringFlag{Name: "mode", Usage: "kill, selfkill, panic or stop (default kill)"},
			&cli.StringFlag{Name: "poll", Usage: "on, off, or late for a peer that comes afterwards"},
			&cli.BoolFlag{Name: "keep", Usage: "keep ring, images, timeline and every child's commands, and print how to start a child by hand"},
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.NArg() != 1 {
				return errors.New("site: name one site or one cell; 'killpoint sites' and 'killpoint cells' list them")
			}
			c, err := pick(cmd.Args().First(), cmd.String("mode"), cmd.String("poll"))
			if err != nil {
				return err
			}
			base, err := newBase(cmd)
			if err != nil {
				return err
			}
			defer base.close()
			if base.programs, err = scenarios.BuildChildren(ctx, base.bin); err != nil {
				return err
			}
			folder := filepath.Join(base.work, "cell")
			if cmd.Bool("keep") {
				folder = filepath.Join(base.out, "site", strings.ReplaceAll(c.ID, "/", "."))
				if err := os.RemoveAll(folder); err != nil {
					return err
				}
			}
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			limited, cancel := context.WithTimeout(ctx, cmd.Duration("patience"))
			defer cancel()
			r := scenarios.RunIn(limited, c, base.programs, folder)
			describe(r)
			if cmd.Bool("keep") {
				if err := keep(r, folder); err != nil {
					return err
				}
			}
			if r.Verdict != scenarios.Pass {
				return errRed
			}
			return nil
		},
	}
}

// pick finds a cell by its id, or by site, or site and operation, with mode and
// polling; what is left out is kill, and the first row and variant that there is.
func pick(name, mode, poll string) (scenarios.Cell, error) {
	var rows []scenarios.Cell
	for _, c := range scenarios.All() {
		if strings.HasPrefix(c.ID, name+"/") && (string(c.Site) == name || string(c.Site)+"/"+c.Where == name) {
			rows = append(rows, c)
		}
	}
	switch {
	case len(rows) > 0:
		return pickRow(rows, name, mode, poll)
	case !strings.Contains(name, "/"):
		return scenarios.Cell{}, fmt.Errorf("there is no site %q; 'killpoint sites' lists them", name)
	case mode != "" || poll != "":
		return scenarios.Cell{}, fmt.Errorf("%s is a whole cell: leave mode and poll away", name)
	}
	return scenarios.Find(name)
}

// pickRow picks one of a site's cells.
func pickRow(cells []scenarios.Cell, name, mode, poll string) (scenarios.Cell, error) {
	if mode == "" {
		mode = string(scenarios.Kill)
	}
	var there []string
	for _, c := range cells {
		if string(c.Mode) == mode && (poll == "" || c.Poll() == poll || string(c.Variant) == poll) {
			return c, nil
		}
		there = append(there, c.ID)
	}
	return scenarios.Cell{}, fmt.Errorf("site %s has no cell with mode %q and poll %q; there are\n  %s", name, mode, poll, strings.Join(there, "\n  "))
}

func describe(r scenarios.Result) {
	fmt.Printf("cell %s\n", r.Cell.ID)
	fmt.Printf("\ntimeline, all processes on one clock\n%s", r.Evidence.Timeline)
	for _, image := range r.Evidence.Images() {
		fmt.Printf("\nring %s\n%s", image.When, ring.Decode(image.Bytes))
	}
	fmt.Println("\nfacts")
	for _, line := range r.FactLines() {
		fmt.Println("  " + line)
	}
	for _, d := range r.Detail {
		fmt.Println("  WRONG " + d)
	}
	fmt.Printf("\noutcome %s, verdict %s, %.1f ms\n", r.Outcome, r.Verdict, float64(r.Duration.Microseconds())/1000)
}

// keep saves the evidence and says how to go on by hand.
func keep(r scenarios.Result, folder string) error {
	if err := r.Evidence.Save(folder); err != nil {
		return err
	}
	shown := relative(folder)
	fmt.Printf("\nkept in %s: ring, timeline.jsonl, images (*.image), each child's commands (*.commands)\n", shown)
	restore := fmt.Sprintf("cp %s %s", filepath.Join(shown, scenarios.BeforeImage), filepath.Join(shown, "ring"))
	if r.Evidence.Before == nil {
		restore = fmt.Sprintf("rm -f %s", filepath.Join(shown, "ring"))
	}
	for _, c := range r.Evidence.Children {
		program, commands := relative(c.Program), filepath.Join(shown, c.CommandsFile())
		fmt.Printf("\n%s (%s)\n", c.Name, c.Exit)
		if c.Name == "victim" {
			fmt.Printf("  %s\n", restore)
		}
		fmt.Printf("  %s replay %s\n", program, commands)
		if c.Name == "victim" {
			fmt.Printf("  dlv exec %s -- replay %s\n", program, commands)
		}
	}
	return nil
}

// relative is the path as seen from here, if that is shorter.
func relative(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}
