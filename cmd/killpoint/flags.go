package main

import (
	"io"
	"os"
	"runtime"
	"time"

	"github.com/urfave/cli/v3"
)

func outFlag() cli.Flag {
	return &cli.StringFlag{Name: "out", Value: "out", Usage: "`FOLDER` for reports, binaries and everything else that is written"}
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
		&cli.IntFlag{Name: "parallel", Aliases: []string{"p"}, Value: runtime.NumCPU(), Usage: "cells run side by side"},
		&cli.DurationFlag{Name: "patience", Value: time.Minute, Usage: "time for one cell; when it ends, the verdict is unknown"},
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
