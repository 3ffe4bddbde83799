package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"killpoint/scenarios"
)

func reproCommand() *cli.Command {
	return &cli.Command{
		Name:      "repro",
		Aliases:   []string{"site"},
		Usage:     "run one cell, or replay saved evidence, and show all of it",
		ArgsUsage: "CELL | SITE | FOLDER",
		Description: "CELL is run as the matrix runs it; then come its timeline, the ring before, at and after death, what each\n" +
			"child was told, and the facts, seen and expected. SITE is a cell of that site: see --mode and --poll.\n" +
			"FOLDER, with the evidence of a cell, has fresh peers open a copy of the ring as the victim left it.",
		Flags: []cli.Flag{
			outFlag(),
			patienceFlag("the cell"),
			&cli.StringFlag{Name: "mode", Usage: "kill, selfkill, panic or stop (default kill)"},
			&cli.StringFlag{Name: "poll", Usage: "on, off, or late for a peer that comes afterwards"},
			plantFlag(),
			&cli.BoolFlag{Name: "keep", Usage: "keep ring, images, timeline and every child's commands, and print how to start a child by hand"},
			&cli.BoolFlag{Name: "pause", Usage: "leave the victim parked at its site, print how to attach a debugger, and wait for Enter"},
			&cli.BoolFlag{Name: "debug", Usage: "the same, and attach Delve at once"},
			&cli.BoolFlag{Name: "shell", Usage: "start $SHELL afterwards, with KILLPOINT_RING and KILLPOINT_DIR set"},
			jsonFlag(),
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.NArg() != 1 {
				return errors.New("repro: name one site, one cell or one folder of evidence; 'killpoint sites' and 'killpoint cells' list them")
			}
			name := cmd.Args().First()
			if info, err := os.Stat(name); err == nil && info.IsDir() {
				return replay(ctx, cmd, name)
			} else if err == nil {
				return fmt.Errorf("repro: %s is no folder: name the folder of evidence, such as one in out/failed, or a cell", name)
			}
			c, err := pick(name, cmd.String("mode"), cmd.String("poll"))
			if err != nil {
				return err
			}
			return repro(ctx, cmd, c)
		},
	}
}

// repro runs one cell and shows it.
func repro(ctx context.Context, cmd *cli.Command, c scenarios.Cell) (err error) {
	base, err := prepared(ctx, cmd)
	if err != nil {
		return err
	}
	defer base.close()
	folder := filepath.Join(base.work, "cell")
	if cmd.Bool("keep") {
		folder = filepath.Join(base.out, "site", scenarios.FolderName(c.ID))
		// What an earlier run has left stays until there is something better.
		before := folder + ".before"
		if _, kept := os.Stat(before); kept == nil {
			err = os.RemoveAll(folder) // of a run that broke off
		} else if err = os.Rename(folder, before); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		if err != nil {
			return err
		}
		defer func() {
			if err == nil || errors.Is(err, errRed) {
				os.RemoveAll(before)
			}
		}()
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	// What is said while the cell runs, and by programs in between, must not mix
	// with JSON.
	said := said(cmd)
	var r scenarios.Result
	if base.debug {
		p := pauser{ctx: ctx, cmd: cmd, said: said}
		r = scenarios.RunPaused(ctx, c, base.programs, folder, p.pause)
		if p.pauses == 0 {
			fmt.Fprintf(said, "nobody was paused: no victim of %s came to a site\n", c.ID)
		}
	} else {
		limited, cancel := context.WithTimeout(ctx, cmd.Duration("patience"))
		defer cancel()
		r = scenarios.RunIn(limited, c, base.programs, folder)
	}
	return finish(ctx, cmd, r, folder, said)
}

// finish shows a result, keeps what is to be kept, and turns a bad one into an
// error.
func finish(ctx context.Context, cmd *cli.Command, r scenarios.Result, folder string, said io.Writer) error {
	if cmd.Bool("json") {
		if err := printJSON(r.Row()); err != nil {
			return err
		}
	} else {
		describe(os.Stdout, r)
	}
	if cmd.Bool("keep") || cmd.Bool("shell") {
		if err := r.Save(folder, reproCommandLine(cmd.String("plant"), r.Cell.ID)); err != nil {
			return err
		}
	}
	if cmd.Bool("keep") {
		keep(said, r, folder)
	}
	if cmd.Bool("shell") {
		if err := shell(ctx, folder, filepath.Join(folder, "ring")); err != nil {
			return err
		}
	}
	if r.Verdict != scenarios.Pass {
		return errRed
	}
	return nil
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

// reproCommandLine is the command that repeats a cell.
func reproCommandLine(plant, id string) string {
	if plant != "" {
		return commandLine("repro", "--plant", plant, id)
	}
	return commandLine("repro", id)
}
