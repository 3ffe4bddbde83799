package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// interruptible is a context that the first Ctrl-C or SIGTERM ends: all children
// are ended then, and what was done is written down. The second one ends this
// process at once, and its children with it, since they die with their parent.
func interruptible() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for s := range signals {
			if s == os.Interrupt && inFront.Load() {
				continue
			}
			if ctx.Err() != nil {
				os.Exit(exitInterrupted)
			}
			fmt.Fprintf(os.Stderr, "\nkillpoint: %s: ending; once more ends at once\n", s)
			cancel(fmt.Errorf("%s signal received", s))
		}
	}()
	return ctx
}

// exitInterrupted is the exit code of a second signal: nothing was written any
// more.
const exitInterrupted = 3
