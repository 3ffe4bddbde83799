// Command child is the victim, and the peer and the successor, of the ring's
// crash scenarios: a process with one end of a ring, which does what the
// harness tells it. Run by hand, it explains itself.
package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/agent"
	"killpoint/ring"
	"killpoint/scenarios/ops"
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

// options are the settings of an end.
func options(o ops.Join) []ring.Option {
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

// within is the context of one blocking operation: with a deadline, with a
// cancellation, or with neither.
func within(timeout, cancelled time.Duration) (context.Context, context.CancelFunc) {
	switch {
	case timeout != 0:
		return context.WithTimeout(context.Background(), timeout)
	case cancelled != 0:
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(cancelled, cancel)
		return ctx, cancel
	}
	return context.Background(), func() {}
}

// processOps are about the process and not about its ring.
var processOps = map[string]agent.Op{
	"panic": agent.Func(func(struct{}) (any, error) { panic("killpoint: panic asked for") }),
	"umask": agent.Func(func(a struct{ Mask int }) (any, error) { return unix.Umask(a.Mask), nil }),
	"help":  agent.Func(help),
	"disk":  agent.Func(disk),
	"files": agent.Func(files),
}

// helperArg makes this program one that does nothing.
const helperArg = "idle"

// idle waits until nobody holds the other end of its standard input.
func idle() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// help starts a helper process, which lives until the FIFO's writer has gone,
// and returns its process id.
func help(a struct{ FIFO string }) (any, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	leash, err := os.Open(a.FIFO)
	if err != nil {
		return nil, err
	}
	defer leash.Close()
	helper := exec.Command(self, helperArg)
	helper.Stdin = leash
	if err := helper.Start(); err != nil {
		return nil, err
	}
	return helper.Process.Pid, nil
}

// disk mounts a file system of so many bytes, in memory. This process must have
// mounts of its own.
func disk(a struct {
	Dir  string
	Size int
}) (any, error) {
	if err := unix.Mount("tmpfs", a.Dir, "tmpfs", 0, fmt.Sprintf("size=%d", a.Size)); err != nil {
		return nil, fmt.Errorf("mount: %w", err)
	}
	return nil, nil
}

// files lists the names of what is in a folder.
func files(a struct{ Dir string }) (any, error) {
	paths, err := filepath.Glob(filepath.Join(a.Dir, "*"))
	names := []string{}
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	return names, err
}

// end is what both ends of a ring can do.
type end interface {
	SetPollInterval(time.Duration)
	PeerAlive() (bool, error)
	Check() error
	Close() error
}

// withEnd adds what both roles can be asked to do; current is the end that the
// role has by then.
func withEnd(calls map[string]agent.Op, current func() end) map[string]agent.Op {
	maps.Copy(calls, map[string]agent.Op{
		"set-poll": agent.Func(func(a ops.SetPoll) (any, error) {
			current().SetPollInterval(a.Poll)
			return nil, nil
		}),
		"peer-alive": agent.Func(func(struct{}) (any, error) { return current().PeerAlive() }),
		"check":      agent.Func(func(struct{}) (any, error) { return nil, current().Check() }),
		"close":      agent.Func(func(struct{}) (any, error) { return nil, current().Close() }),
	})
	maps.Copy(calls, processOps)
	return calls
}
