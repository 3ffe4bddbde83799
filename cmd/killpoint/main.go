// Command killpoint is the front door of the crash matrix: it runs cells, shows
// one in all detail, leaves a victim parked for a debugger, judges old evidence
// again, plants bugs, explores states, soaks, measures, and makes reports.
//
// Exit codes: 0 all is well; 1 a cell failed, was unknown or was not run, a soak
// found something or was cut off, a ring is damaged, or a planted bug was not
// caught; 2 the command could not be carried out, and says why; 3 a second signal
// ended it at once.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"
)

// errRed says that the command did its work and the result is bad.
var errRed = errors.New("not all passed")

func main() {
	err := command().Run(interruptible(), os.Args)
	switch {
	case errors.Is(err, errRed):
		os.Exit(1)
	case unread(err):
		signal.Reset(unix.SIGPIPE)
		os.Stdout.Write([]byte{'\n'}) // ends this process by SIGPIPE, as it ends others
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "killpoint: %v\n", err)
		os.Exit(2)
	}
}

func command() *cli.Command {
	root := &cli.Command{
		Name:  "killpoint",
		Usage: "what is lost, doubled or stuck when one side of a shared-memory ring dies",
		Description: "Exit codes: 0 all is well; 1 a cell failed, was unknown or was not run, a soak found something or was cut off, a\n" +
			"ring is damaged, or a planted bug was not caught; 2 the command could not be carried out, and says why;\n" +
			"3 a second signal ended it at once.\n" +
			"The first Ctrl-C, SIGTERM, SIGHUP or SIGQUIT ends all children; run and soak write down what was done, the others say it.\n" +
			"Completion: source <(killpoint completion bash), or zsh, fish, pwsh.",
		EnableShellCompletion:           true,
		ConfigureShellCompletionCommand: func(c *cli.Command) { c.Hidden = false },
		ExitErrHandler:                  func(context.Context, *cli.Command, error) {},
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
			soakCommand(),
			mutantsCommand(),
			mergeCommand(),
			failpointCommand(),
			benchCommand(),
			reportCommand(),
			benchChildCommand(),
		},
	}
	for _, c := range root.Commands {
		c.OnUsageError = misused
	}
	return root
}
