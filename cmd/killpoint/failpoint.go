package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"killpoint/harness"
)

func failpointCommand() *cli.Command {
	on := func(name, usage string, f func(string) error) *cli.Command {
		return &cli.Command{
			Name: name, Usage: usage, ArgsUsage: "FOLDER...",
			Action: func(_ context.Context, cmd *cli.Command) error {
				if cmd.NArg() == 0 {
					return errors.New("failpoint: name the folders, such as ./ring")
				}
				for _, dir := range cmd.Args().Slice() {
					if info, err := os.Stat(dir); err == nil && !info.IsDir() {
						return fmt.Errorf("failpoint: %s is no folder: name those of the packages, such as ./ring", dir)
					}
					if err := f(dir); err != nil {
						return err
					}
				}
				return nil
			},
		}
	}
	return &cli.Command{
		Name:  "failpoint",
		Usage: "make failpoint markers live in the tree itself, or undo that; the matrix needs neither",
		Commands: []*cli.Command{
			on("enable", "rewrite the markers below the folders", harness.EnableInPlace),
			on("disable", "restore them, with what was edited since", harness.DisableInPlace),
		},
	}
}
