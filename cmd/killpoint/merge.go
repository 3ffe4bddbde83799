package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"killpoint/harness/report"
	"killpoint/scenarios"
)

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
