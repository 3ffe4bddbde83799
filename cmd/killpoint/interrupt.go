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

	"golang.org/x/sys/unix"
)

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
