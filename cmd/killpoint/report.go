package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"killpoint/harness/report"
	"killpoint/page"
	"killpoint/scenarios"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "turn what runs left into one HTML page, and Markdown and JUnit beside it",
		ArgsUsage: "[FOLDER | FILE]...",
		Description: "Reads crash-matrix*.json (whole runs, or shards, which are put together), explore.json, bench.json and\n" +
			"mutants.json from the folders, by default from out. Exits 0 when the page was written, whatever it says.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Value: filepath.Join("out", "report.html"), Validator: named, Usage: "`FILE` for the page; .md is written beside it"},
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			folders := cmd.Args().Slice()
			if len(folders) == 0 {
				folders = []string{"out"}
			}
			r, err := page.Load(folders...)
			if err != nil {
				return fmt.Errorf("report: %w", err)
			}
			out := cmd.String("out")
			if filepath.Ext(out) == ".md" {
				return fmt.Errorf("report: --out %s names the page, such as out/report.html; .md is written beside it", out)
			}
			if err := writable(filepath.Dir(out)); err != nil {
				return fmt.Errorf("report: %w", err)
			}
			base := strings.TrimSuffix(out, filepath.Ext(out))
			for _, f := range []struct {
				path  string
				write func(io.Writer) error
			}{{out, r.WriteHTML}, {base + ".md", r.WriteMarkdown}} {
				if err := writeFile(f.path, f.write); err != nil {
					return fmt.Errorf("report: %w", err)
				}
			}
			info, err := os.Stat(out)
			if err != nil {
				return err
			}
			fmt.Printf("%s: %d bytes, made of %d runs; %s.md beside it\n", out, info.Size(), len(r.Runs), base)
			return nil
		},
	}
}

func mergeCommand() *cli.Command {
	return &cli.Command{
		Name:      "merge",
		Usage:     "merge the reports of all shards; a cell that is missing or doubled is an error",
		ArgsUsage: "SHARD.json...",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Value: "out", Validator: named, Usage: "`FOLDER` for the merged reports"},
			jsonFlag(),
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if cmd.NArg() == 0 {
				return errors.New("merge: name the JSON files of the shards, such as out/crash-matrix-*.json")
			}
			var shards []report.Matrix
			for _, path := range cmd.Args().Slice() {
				m, err := report.Read(path)
				if err != nil {
					return err
				}
				shards = append(shards, m)
			}
			var ids []string
			for _, c := range scenarios.All() {
				ids = append(ids, c.ID)
			}
			m, problem := report.Merge(shards, ids)
			if err := os.MkdirAll(cmd.String("out"), 0o755); err != nil {
				return err
			}
			if err := writeReports(cmd.String("out"), "", m); err != nil {
				return err
			}
			err := shown(m, cmd, true)
			if problem != nil {
				fmt.Fprintf(os.Stderr, "merge: the shards do not make one matrix:\n%v\n", problem)
				return errRed
			}
			return err
		},
	}
}

// judged is one run of a cell, then and now.
type judged struct {
	From    string   `json:"from"` // file
	Cell    string   `json:"cell"`
	Then    string   `json:"then"` // verdict
	Now     string   `json:"now"`  // the same
	Changed bool     `json:"changed"`
	Detail  []string `json:"detail,omitempty"` // what is wrong, a sentence each
}

func judgeCommand() *cli.Command {
	return &cli.Command{
		Name:      "judge",
		Usage:     "apply today's expectations to what earlier runs have seen",
		ArgsUsage: "[FOLDER | FILE]...",
		Description: "Reads crash-matrix*.json and folders of evidence (cell.json), by default all below out, and runs nothing.\n" +
			"A cell that ended early has no facts to judge and keeps its verdict, but pass, which is unknown then. Exits 1\n" +
			"unless all pass.",
		Flags: []cli.Flag{jsonFlag()},
		Action: func(_ context.Context, cmd *cli.Command) error {
			paths := cmd.Args().Slice()
			if len(paths) == 0 {
				paths = []string{"out"}
			}
			var all []judged
			for _, path := range paths {
				found, err := judgeBelow(path)
				if err != nil {
					return err
				}
				all = append(all, found...)
			}
			if len(all) == 0 {
				return fmt.Errorf("judge: no crash-matrix*.json and no %s below %s", scenarios.SavedFile, strings.Join(paths, ", "))
			}
			if cmd.Bool("json") {
				if err := printJSON(all); err != nil {
					return err
				}
			}
			return summed(all, cmd.Bool("json"))
		},
	}
}

// summed prints what is wrong and what has changed.
func summed(all []judged, quiet bool) error {
	counts := map[string]int{}
	changed := 0
	for _, j := range all {
		counts[j.Now]++
		if j.Changed {
			changed++
		}
		switch {
		case quiet:
		case j.Changed:
			fmt.Printf("%s: %s, was %s (%s)\n", j.Cell, j.Now, j.Then, relative(j.From))
		case j.Now != report.Pass:
			fmt.Printf("%s: %s as before (%s)\n", j.Cell, j.Now, relative(j.From))
		}
		if !quiet && j.Now != report.Pass {
			fmt.Printf("\t%s\n", strings.ReplaceAll(strings.Join(j.Detail, "\n"), "\n", "\n\t"))
		}
	}
	if !quiet {
		fmt.Printf("%d runs of cells judged: %d pass, %d fail, %d unknown; %d verdicts changed\n",
			len(all), counts[report.Pass], counts[report.Fail], counts[report.Unknown], changed)
	}
	if counts[report.Pass] < len(all) {
		return errRed
	}
	return nil
}

// judgeBelow judges a file, or all that there is below a folder.
func judgeBelow(path string) ([]judged, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return judgeFile(path)
	}
	var all []judged
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if match, _ := filepath.Match("crash-matrix*.json", d.Name()); d.IsDir() || !match && d.Name() != scenarios.SavedFile {
			return nil
		}
		found, err := judgeFile(name)
		all = append(all, found...)
		return err
	})
	return all, err
}

func judgeFile(path string) ([]judged, error) {
	if filepath.Base(path) == scenarios.SavedFile {
		s, _, err := scenarios.Load(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		switch s.Verdict {
		case scenarios.Pass, scenarios.Fail, scenarios.Unknown:
			return []judged{now(path, s)}, nil
		}
		return nil, fmt.Errorf("%s: verdict %q is none of pass, fail, unknown: the file was changed; run %s again", path, s.Verdict, s.Cell)
	}
	m, err := report.Read(path)
	if err != nil {
		return nil, err
	}
	if m.Format < report.Format {
		return nil, fmt.Errorf("%s: format %d has no facts to judge; it is from an older killpoint", path, m.Format)
	}
	if len(m.Cells) == 0 {
		return nil, fmt.Errorf("%s: there is no cell in it to judge; run some again", path)
	}
	var all []judged
	seen := map[string]bool{}
	for _, row := range m.Cells {
		if seen[row.ID] {
			return nil, fmt.Errorf("%s: cell %s is there twice: the file was changed, or its shards were not disjoint; run the cells again", path, row.ID)
		}
		seen[row.ID] = true
		all = append(all, now(path, fromRow(row)))
	}
	return all, nil
}

// now judges what was saved.
func now(path string, s scenarios.Saved) judged {
	r := s.Judge()
	j := judged{From: path, Cell: s.Cell, Then: string(s.Verdict), Now: string(r.Verdict), Detail: r.Detail}
	j.Changed = j.Now != j.Then || j.Now == report.Fail && !slices.Equal(s.Detail, r.Detail)
	return j
}

// fromRow is a row of a report as evidence.
func fromRow(row report.Row) scenarios.Saved {
	s := scenarios.Saved{Cell: row.ID, Verdict: scenarios.Verdict(row.Verdict), Outcome: row.Outcome, Hit: row.Hit, Exit: row.Exit}
	if row.Detail != "" {
		s.Detail = strings.Split(row.Detail, "\n")
	}
	if row.Evidence == nil {
		return s
	}
	for _, f := range row.Evidence.Facts {
		if f.Seen != nil {
			if s.Facts == nil {
				s.Facts = scenarios.Facts{}
			}
			s.Facts[f.Name] = *f.Seen
		}
	}
	return s
}
