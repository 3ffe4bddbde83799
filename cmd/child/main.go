// Command child is the victim, and the peer and the successor, of the ring's
// crash scenarios: a process with one end of a ring, which does what the
// harness tells it. Run by hand, it explains itself.
package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/agent"
	"killpoint/ring"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == helperArg:
		idle()
	case len(os.Args) == 3 && os.Args[1] == "explore":
		if err := explored(os.Args[2]); err != nil {
			fmt.Fprintf(os.Stderr, "child: %v\n", err)
			os.Exit(1)
		}
		return
	}
	agent.Main(agent.Program{
		Name:    "child",
		Markers: markers(),
		Roles: map[string]agent.NewRole{
			"writer": newWriter,
			"reader": newReader,
		},
		Errors: map[string]error{
			"layout":       ring.ErrLayout,
			"corrupt":      ring.ErrCorrupt,
			"full":         ring.ErrFull,
			"empty":        ring.ErrEmpty,
			"too-large":    ring.ErrTooLarge,
			"closed":       ring.ErrClosed,
			"busy":         ring.ErrBusy,
			"peer-dead":    ring.ErrPeerDead,
			"peer-stalled": ring.ErrPeerStalled,
			"replaced":     ring.ErrReplaced,
			"truncated":    ring.ErrTruncated,
			"unreachable":  ring.ErrUnreachable,
			"order":        ring.ErrOrder,
			"exist":        fs.ErrExist,
			"not-exist":    fs.ErrNotExist,
			"not-allowed":  unix.EPERM,
			"no-space":     unix.ENOSPC,
			"deadline":     context.DeadlineExceeded,
			"canceled":     context.Canceled,
		},
	})
}

// options are the settings of an end, as the harness sends them.
type options struct {
	// Poll is the interval; 0 leaves it to the environment.
	Poll     time.Duration
	Off      bool          // polling off
	Stall    time.Duration // stall time-out; 0 is none
	Populate bool
	Replace  bool
}

func (o options) ring() []ring.Option {
	var all []ring.Option
	switch {
	case o.Off:
		all = append(all, ring.WithoutPolling())
	case o.Poll != 0:
		all = append(all, ring.WithPollInterval(o.Poll))
	}
	if o.Stall != 0 {
		all = append(all, ring.WithStallTimeout(o.Stall))
	}
	if o.Populate {
		all = append(all, ring.WithPopulate())
	}
	if o.Replace {
		all = append(all, ring.WithReplace())
	}
	return all
}

// patience is the context of one blocking operation: none, a deadline, or a
// cancellation.
type patience struct {
	Timeout time.Duration // 0 is no deadline
	Cancel  time.Duration // 0 is no cancellation
}

func (p patience) context() (context.Context, context.CancelFunc) {
	switch {
	case p.Timeout != 0:
		return context.WithTimeout(context.Background(), p.Timeout)
	case p.Cancel != 0:
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(p.Cancel, cancel)
		return ctx, cancel
	}
	return context.Background(), func() {}
}
