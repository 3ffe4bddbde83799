package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"killpoint/page"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "turn what runs left into one HTML page, and Markdown and JUnit beside it",
		ArgsUsage: "[FOLDER | FILE]...",
		Description: "Reads crash-matrix*.json (whole runs, or shards, which are put together), explore.json, bench.json and\n" +
			"mutants.json from the folders, by default from out. Exits 0 when the page was written, whatever it says.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Value: filepath.Join("out", "report.html"), Usage: "`FILE` for the page; .md and .xml are written beside it"},
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
			if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
				return err
			}
			if err := writeFile(out, r.WriteHTML); err != nil {
				return err
			}
			info, err := os.Stat(out)
			if err != nil {
				return err
			}
			fmt.Printf("%s: %d runs, %d bytes\n", out, len(r.Runs), info.Size())
			return nil
		},
	}
}
