package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"killpoint/bench"
)

// benchChild is the command that one end of a measurement runs.
const benchChild = "bench-child"

func benchCommand() *cli.Command {
	return &cli.Command{
		Name:  "bench",
		Usage: "measure the ring against pipes, sockets, a channel and memcpy, and write bench.json and bench.svg",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Value: "out", Validator: named, Usage: "`FOLDER` for bench.json and bench.svg"},
			&cli.StringFlag{Name: "dir", Usage: "`FOLDER` for the rings; by default /dev/shm"},
			&cli.IntFlag{Name: "rounds", Usage: "how often each figure is measured; by default 7"},
			&cli.StringSliceFlag{Name: "impl", Usage: "measure only `NAME`: " + strings.Join(bench.Names(), ", ")},
			&cli.IntSliceFlag{Name: "size", Usage: "measure only messages of so many `BYTES`"},
			&cli.BoolFlag{Name: "quick", Usage: "see in seconds whether all of it works; the figures mean nothing"},
			jsonFlag(),
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return fmt.Errorf("bench: %q is no flag; --impl and --size pick what is measured", cmd.Args().First())
			}
			self, err := os.Executable()
			if err != nil {
				return err
			}
			if cmd.IsSet("rounds") && cmd.Int("rounds") < 1 {
				return fmt.Errorf("bench: %d rounds; there must be one at least", cmd.Int("rounds"))
			}
			if dir := cmd.String("dir"); dir != "" {
				if info, err := os.Stat(dir); err != nil || !info.IsDir() {
					return fmt.Errorf("bench: --dir %s is no folder for rings; name one that is there", dir)
				}
			}
			out := cmd.String("out")
			if err := writable(out); err != nil {
				return err
			}
			result, err := bench.Run(ctx, bench.Plan{
				Child: []string{self, benchChild}, Dir: cmd.String("dir"), Rounds: cmd.Int("rounds"),
				Impls: cmd.StringSlice("impl"), Sizes: cmd.IntSlice("size"), Quick: cmd.Bool("quick"),
				Progress: os.Stderr,
			})
			if err != nil {
				return err
			}
			print := result.WriteTable
			if cmd.Bool("json") {
				print = result.WriteJSON
			}
			err = print(os.Stdout)
			if kept := writeBench(out, result); kept != nil {
				err = errors.Join(err, fmt.Errorf("the result above could not be kept: %w", kept))
			}
			return err
		},
	}
}

func writeBench(dir string, result *bench.Result) error {
	if err := writeFile(filepath.Join(dir, "bench.json"), result.WriteJSON); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "bench.svg"), result.WriteSVG)
}

func benchChildCommand() *cli.Command {
	return &cli.Command{
		Name:   benchChild,
		Hidden: true,
		Usage:  "one end of a measurement; bench starts it",
		Action: func(context.Context, *cli.Command) error { return bench.Child() },
	}
}
