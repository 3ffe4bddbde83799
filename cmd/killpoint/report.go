package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

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
			&cli.StringFlag{Name: "out", Value: filepath.Join("out", "report.html"), Validator: named, Usage: "`FILE` for the page; .md and .xml are written beside it"},
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
			if filepath.Ext(out) == ".md" || filepath.Ext(out) == ".xml" {
				return fmt.Errorf("report: --out %s names the page, such as out/report.html; .md and .xml are written beside it", out)
			}
			if err := writable(filepath.Dir(out)); err != nil {
				return fmt.Errorf("report: %w", err)
			}
			base := strings.TrimSuffix(out, filepath.Ext(out))
			for _, f := range []struct {
				path  string
				write func(io.Writer) error
			}{{out, r.WriteHTML}, {base + ".md", r.WriteMarkdown}, {base + ".xml", r.WriteJUnit}} {
				if err := writeFile(f.path, f.write); err != nil {
					return fmt.Errorf("report: %w", err)
				}
			}
			info, err := os.Stat(out)
			if err != nil {
				return err
			}
			fmt.Printf("%s: %d bytes, made of %d runs; %s.md and %s.xml beside it\n", out, info.Size(), len(r.Runs), base, base)
			return nil
		},
	}
}
