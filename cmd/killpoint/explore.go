package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"killpoint/scenarios/explored"
)

func exploreCommand() *cli.Command {
	return &cli.Command{
		Name:  "explore",
		Usage: "find every state that a crash of an operation can leave, judge it, crash there, and write explore.json",
		Flags: []cli.Flag{
			outFlag(),
			&cli.StringSliceFlag{Name: "op", Usage: "explore only the operation `NAME`: " + strings.Join(explored.OperationNames(), ", ")},
			&cli.StringSliceFlag{Name: "build", Value: explored.BuildNames(), Usage: "explore only the build `NAME`"},
			&cli.IntFlag{Name: "repeat", Value: 1, Validator: positive[int], Usage: "run each operation so often again and compare the states"},
			parallelFlag("operations explored"),
			jsonFlag(),
		},
		Action: runExplore,
	}
}

func runExplore(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return fmt.Errorf("explore: %q is no flag; --op and --build pick what is explored", cmd.Args().First())
	}
	began := time.Now()
	ops, err := explored.Select(cmd.StringSlice("op")...)
	if err != nil {
		return err
	}
	base, err := newBase(cmd)
	if err != nil {
		return err
	}
	defer base.close()
	progress := func(line string) { fmt.Fprintln(os.Stderr, line) }
	builds, err := builds(ctx, cmd, base, progress)
	if err != nil {
		return err
	}
	plan := explored.Plan{
		Operations: ops, Builds: builds, Dir: base.work, Parallel: cmd.Int("parallel"),
		Search: explored.Search{Engines: true, Kill: true, Live: true, Repeat: cmd.Int("repeat")},
	}
	report := explored.Report{}
	plan.Done = func(r explored.Result) {
		progress(line(r))
		report.Operations = append(report.Operations, r)
	}
	all, err := plan.Run(ctx, progress)
	if err != nil {
		if ctx.Err() != nil {
			fmt.Fprintf(os.Stderr, "explore: cut off; this is what was done, and explore.json is left as it was\n")
			return errors.Join(err, report.WriteTable(os.Stdout))
		}
		return err
	}
	report.Operations = all
	if len(ops) == len(explored.Operations()) {
		report.Uncalled = explored.Uncalled(report.Operations)
	}
	if len(ops) == len(explored.Operations()) && slices.Contains(builds, explored.Plain) {
		if err := further(ctx, base, &report, progress); err != nil {
			return err
		}
	}
	report.Total = explored.Millis(time.Since(began))
	if err := writeFile(filepath.Join(base.out, "explore.json"), report.WriteJSON); err != nil {
		return err
	}
	if cmd.Bool("json") {
		if err := report.WriteJSON(os.Stdout); err != nil {
			return err
		}
	} else {
		if len(ops) == 1 {
			report.WriteStates(os.Stdout)
		}
		report.WriteTable(os.Stdout)
	}
	if !report.Sound() {
		return errRed
	}
	return nil
}

// builds are the names of the builds asked for that can be made here.
func builds(ctx context.Context, cmd *cli.Command, b *base, progress func(string)) ([]string, error) {
	names := cmd.StringSlice("build")
	for _, n := range names {
		if !slices.Contains(explored.BuildNames(), n) {
			return nil, fmt.Errorf("there is no build %q; there are %s", n, strings.Join(explored.BuildNames(), ", "))
		}
	}
	i := slices.Index(names, explored.Race)
	if i < 0 {
		return names, nil
	}
	if err := explored.CanRace(ctx); errors.Is(err, explored.ErrNoCompiler) {
		progress("explore: the race build is NOT run: " + err.Error())
		names = slices.Delete(slices.Clone(names), i, i+1)
	} else if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("explore: nothing is left to explore")
	}
	return names, nil
}

// line is what is said of an operation once it is explored.
func line(r explored.Result) string {
	verdict := "sound"
	if !r.Sound() {
		verdict = fmt.Sprintf("%d violations, %d unnamed", len(r.Violations), len(r.Unnamed))
	}
	return fmt.Sprintf("%-16s %-12s %3d states, %2d canonical, %3d kills, %v: %s",
		r.Op, r.Build, r.States, r.Canonical, r.Kills, time.Duration(r.Total).Round(time.Millisecond), verdict)
}

// further explores, on the ring as it ships, what is about more than one
// operation: death after death, and a peer in between.
func further(ctx context.Context, b *base, report *explored.Report, progress func(string)) error {
	build, err := explored.BuildChild(ctx, explored.Plain, b.work)
	if err != nil {
		return err
	}
	recovery, err := explored.Recover(ctx, build.Program.Path, b.work, progress)
	if err != nil {
		return err
	}
	report.Recovery = &recovery
	interleavings, err := explored.Interleave(ctx, build.Program.Path, b.work, progress)
	if err != nil {
		return err
	}
	report.Interleavings = &interleavings
	return nil
}
