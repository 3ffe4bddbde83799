// Command killpoint runs the crash matrix of the ring, one cell of it, or the
// matrix against planted bugs, explores every crash state of the ring's
// operations, and measures how fast the ring is.
//
// Exit codes: 0 all is well; 1 a cell failed, was unknown, a crash state is not
// as it must be, or a planted bug was not caught; 2 the command could not be
// carried out.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"
)

// errRed says that the command did its work and the result is bad.
var errRed = errors.New("not all passed")

func main() {
	err := command().Run(interruptible(), os.Args)
	switch {
	case errors.Is(err, errRed):
		os.Exit(1)
	case err != nil:
		fmt.Fprintf(os.Stderr, "killpoint: %v\n", err)
		os.Exit(2)
	}
}

func command() *cli.Command {
	return &cli.Command{
		Name:                  "killpoint",
		Usage:                 "what is lost, doubled or stuck when one side of a shared-memory ring dies",
		EnableShellCompletion: true,
		ExitErrHandler:        func(context.Context, *cli.Command, error) {},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return fmt.Errorf("there is no command %q; 'killpoint --help' lists them", cmd.Args().First())
			}
			return cli.ShowRootCommandHelp(cmd)
		},
		Commands: []*cli.Command{
			runCellsCommand(),
			reproCommand(),
			judgeCommand(),
			inspectCommand(),
			cellsCommand(),
			sitesCommand(),
			exploreCommand(),
			mutantsCommand(),
			mergeCommand(),
			failpointCommand(),
			benchCommand(),
			reportCommand(),
			benchChildCommand(),
		},
	}
}
