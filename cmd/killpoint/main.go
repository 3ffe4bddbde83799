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
	"io/fs"
	"os"
	"os/signal"
	"runtime/pprof"
	"time"

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

// interruptible is a context that the first Ctrl-C, SIGTERM, SIGHUP or SIGQUIT
// ends: all children are ended then, and what was done is written down. SIGQUIT
// says first where every goroutine stands. The second signal ends this process at
// once, and its children with it, since they die with their parent.
//
// A reader of the output that has gone away, as in killpoint run | head -2, ends
// nothing: what was found is kept, and counts. See unread.
func interruptible() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	// Without this, a write to a standard output that nobody reads is the end.
	// Children must not inherit that it is ignored, so it is taken instead.
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGQUIT)
	if !signal.Ignored(unix.SIGHUP) { // as nohup has it
		signal.Notify(signals, unix.SIGHUP)
	}
	go func() {
		for s := range signals {
			if (s == unix.SIGINT || s == unix.SIGQUIT) && inFront.Load() {
				continue
			}
			if ctx.Err() != nil {
				os.Exit(exitInterrupted)
			}
			if s == unix.SIGQUIT {
				const readable = 1
				pprof.Lookup("goroutine").WriteTo(os.Stderr, readable)
			}
			fmt.Fprintf(os.Stderr, "\nkillpoint: %s: ending; once more ends at once\n", s)
			cancel(fmt.Errorf("%s signal received", s))
			endAnyway(ending, os.Exit)
		}
	}()
	return ctx
}

// unread reports whether an error says that nobody reads standard output any more.
// The same of another pipe, such as a child's, is an error like others.
func unread(err error) bool {
	var failed *fs.PathError
	return errors.As(err, &failed) && failed.Path == os.Stdout.Name() && failed.Err == unix.EPIPE
}

// exitInterrupted is the exit code of a second signal: nothing was written any
// more.
const exitInterrupted = 3

// ending is how long an interrupted command may take to end its children and to
// write down what was done.
const ending = 3 * time.Minute

// endAnyway is the last bound of an interrupted command, should it hang: what it
// waits for may never come. The next run removes the folder that it leaves.
func endAnyway(after time.Duration, exit func(code int)) *time.Timer {
	return time.AfterFunc(after, func() {
		fmt.Fprintf(os.Stderr, "killpoint: not at its end %v after it was interrupted: ended at once\n", after)
		exit(exitInterrupted)
	})
}
