package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/urfave/cli/v3"
)

func outFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "out", Value: "out", Validator: named,
		Usage: "`FOLDER` for reports, binaries and everything else that is written",
	}
}

func parallelFlag(what string) cli.Flag {
	return &cli.IntFlag{
		Name: "parallel", Aliases: []string{"p"}, Value: runtime.NumCPU(), Validator: positive[int],
		Usage: what + " side by side",
	}
}

func patienceFlag(what string) cli.Flag {
	return &cli.DurationFlag{
		Name: "patience", Value: time.Minute, Validator: positive[time.Duration],
		Usage: "time for " + what + "; when it ends, the verdict is unknown",
	}
}

// named refuses an empty name, which would be that of the folder one is in.
func named(name string) error {
	if name == "" {
		return errors.New("that is no name")
	}
	return nil
}

// positive refuses what is no amount.
func positive[T int | time.Duration](n T) error {
	if n <= 0 {
		return errors.New("it must be more than 0")
	}
	return nil
}

// misused says what is wrong with a flag, and nothing that scrolls it away.
func misused(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	return fmt.Errorf("%w; 'killpoint %s --help' lists the flags", err, cmd.Name)
}

func plantFlag() cli.Flag {
	return &cli.StringFlag{Name: "plant", Usage: "plant the bug `NAME` in the ring first, to see what a red run looks like; 'killpoint mutants' has them all"}
}

func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON, and nothing else, to standard output"}
}

func runFlags() []cli.Flag {
	return []cli.Flag{
		outFlag(),
		&cli.Int64Flag{Name: "seed", Usage: "order in which cells are run; 0 takes one from the clock"},
		parallelFlag("cells run"),
		patienceFlag("one cell"),
	}
}

// said is where text for people goes: beside JSON, which has standard output for
// itself, to standard error.
func said(cmd *cli.Command) io.Writer {
	if cmd.Bool("json") {
		return os.Stderr
	}
	return os.Stdout
}
