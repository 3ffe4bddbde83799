package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
)

// A Child is one supervised process. Its methods may be called by any number
// of goroutines.
type Child struct {
	name  string
	path  string
	pid   int
	pidfd int

	timeline *Timeline
	commands *os.File
	events   *os.File
	output   *os.File

	exited chan struct{} // closed by the one goroutine that waits, after exit is set
	quiet  chan struct{} // closed when no further event can come
	exit   Exit

	closing sync.RWMutex // held for reading while pidfd is used
	closed  bool

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change below
	hello   *control.Hello
	hits    []control.Hit
	replies map[int]control.Reply
	calls   int
	stacks  []string // in answer to asked
	asked   int
	fatal   string
	stopped bool
	mapped  map[string]mappedRange

	sending    sync.Mutex // keeps commands whole and in order
	transcript bytes.Buffer
}

// Config says how to start a child.
type Config struct {
	Name     string        // in timelines and errors; required
	Role     string        // of the program; required
	Arms     []control.Arm // sites armed before the role begins
	Env      []string      // added to the environment, "KEY=value"
	Dir      string        // working directory; empty means the harness's
	Timeline *Timeline     // may be nil
	// OwnMounts starts the child in user and mount namespaces of its own, in
	// which it is root and what it mounts nobody else sees. Not every system
	// lets everybody do that.
	OwnMounts bool
}

var live = struct {
	sync.Mutex
	children map[*Child]bool
}{children: map[*Child]bool{}}

// Live returns the children that were started and not closed: after a suite
// there must be none.
func Live() []*Child {
	live.Lock()
	defer live.Unlock()
	var all []*Child
	for c := range live.children {
		all = append(all, c)
	}
	return all
}

// Start starts the program in the given role. Every child must be closed.
func (p *Program) Start(cfg Config) (*Child, error) {
	for _, a := range cfg.Arms {
		if err := a.Check(); err != nil {
			return nil, fmt.Errorf("start %s: %w", cfg.Name, err)
		}
	}
	sp, err := spawn(p.Path, []string{p.Path}, append(os.Environ(), cfg.Env...), cfg.Dir, cfg.OwnMounts)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cfg.Name, err)
	}
	c := &Child{
		name: cfg.Name, path: p.Path, pid: sp.pid, pidfd: sp.pidfd, timeline: cfg.Timeline,
		commands: sp.commands, events: sp.events, output: sp.output,
		exited: make(chan struct{}), quiet: make(chan struct{}),
		changed: make(chan struct{}), replies: map[int]control.Reply{},
	}
	live.Lock()
	live.children[c] = true
	live.Unlock()
	c.timeline.Mark(Started, cfg.Role, c.name, "started as %s, pid %d", cfg.Role, c.pid)
	go c.wait()
	go c.listen()
	c.send(control.Command{Start: &control.Start{
		Magic: control.Magic, Version: control.Version, Name: cfg.Name, Role: cfg.Role, Arms: cfg.Arms,
	}})
	return c, nil
}

// Name returns the child's name.
func (c *Child) Name() string { return c.name }

// Program returns the path of the child's executable.
func (c *Child) Program() string { return c.path }

// PID returns the child's process id. It is the child's until Exited is closed.
func (c *Child) PID() int { return c.pid }

// Exited is closed once the child has ended and was waited for.
func (c *Child) Exited() <-chan struct{} { return c.exited }

// Exit tells how the child ended; ok is false while it lives.
func (c *Child) Exit() (exit Exit, ok bool) {
	select {
	case <-c.exited:
		return c.exit, true
	default:
		return Exit{}, false
	}
}

// Ended tells whether the child has ended and all that it reported is in.
func (c *Child) Ended() bool {
	select {
	case <-c.quiet:
		_, ended := c.Exit()
		return ended
	default:
		return false
	}
}

// Output returns what the child has written to stdout and stderr so far.
func (c *Child) Output() string {
	size, err := c.output.Seek(0, io.SeekEnd)
	if err != nil {
		return ""
	}
	buf := make([]byte, size)
	n, _ := c.output.ReadAt(buf, 0)
	return string(buf[:n])
}

// Transcript returns the commands sent so far, but for releases: what the
// child's "replay" takes.
func (c *Child) Transcript() []byte {
	c.sending.Lock()
	defer c.sending.Unlock()
	return slices.Clone(c.transcript.Bytes())
}

// send writes a command. A child that has gone is noticed by its events.
func (c *Child) send(cmd control.Command) {
	line, err := json.Marshal(cmd)
	if err != nil {
		panic(err) // commands are plain data; Call checks its arguments
	}
	line = append(line, '\n')
	c.sending.Lock()
	defer c.sending.Unlock()
	if !cmd.Release && !cmd.Stacks {
		c.transcript.Write(line)
	}
	c.commands.Write(line)
}

// wait owns the process: nobody else waits for it.
func (c *Child) wait() {
	for {
		var ws unix.WaitStatus
		_, err := unix.Wait4(c.pid, &ws, unix.WUNTRACED|unix.WCONTINUED, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			panic(fmt.Sprintf("harness: wait for %s, pid %d: %v: somebody else waits for it", c.name, c.pid, err))
		case ws.Stopped():
			signal := unix.SignalName(ws.StopSignal())
			c.timeline.Mark(Stopped, signal, c.name, "stopped by %s", signal)
			c.change(func() { c.stopped = true })
		case ws.Continued():
			c.timeline.Mark(Continued, "", c.name, "continued")
			c.change(func() { c.stopped = false })
		default:
			c.exit = exitOf(ws)
			c.timeline.Mark(Ended, c.exit.String(), c.name, "ended: %s", c.exit)
			close(c.exited)
			<-c.quiet
			c.change(func() {})
			return
		}
	}
}

// Hello waits for the child's handshake.
func (c *Child) Hello(ctx context.Context) (control.Hello, error) {
	var h control.Hello
	err := c.await(ctx, "its handshake", func() (bool, error) {
		if c.hello == nil {
			return false, nil
		}
		h = *c.hello
		return true, nil
	})
	return h, err
}

// Signal sends a signal to the child, never to another process that was given
// its number. A child that has ended takes it in silence.
func (c *Child) Signal(sig syscall.Signal) error {
	c.closing.RLock()
	defer c.closing.RUnlock()
	if c.closed {
		return nil
	}
	c.timeline.Mark(Signalled, c.name, "harness", "%s to %s", unix.SignalName(sig), c.name)
	if err := unix.PidfdSendSignal(c.pidfd, sig, nil, 0); err != nil && err != unix.ESRCH {
		return fmt.Errorf("signal %s: %w", c.name, err)
	}
	return nil
}

// Kill sends SIGKILL, waits for the end, and tells how the child really ended:
// it may have been quicker.
func (c *Child) Kill() (Exit, error) {
	if err := c.Signal(unix.SIGKILL); err != nil {
		return Exit{}, err
	}
	<-c.exited
	<-c.quiet
	return c.exit, nil
}

// WaitExit waits for the child to end by itself.
func (c *Child) WaitExit(ctx context.Context) (Exit, error) {
	select {
	case <-c.exited:
		<-c.quiet
		return c.exit, nil
	case <-ctx.Done():
		return Exit{}, c.wrap("its end", fmt.Errorf("%w (%v)", ErrDeadline, context.Cause(ctx)))
	}
}

// Close kills the child if it lives, waits for its end and frees everything
// that belongs to it.
func (c *Child) Close() {
	live.Lock()
	closed := !live.children[c]
	delete(live.children, c)
	live.Unlock()
	if closed {
		return
	}
	if _, ok := c.Exit(); !ok {
		unix.PidfdSendSignal(c.pidfd, unix.SIGKILL, nil, 0)
	}
	<-c.exited
	<-c.quiet
	c.commands.Close()
	c.events.Close()
	c.output.Close()
	c.closing.Lock()
	defer c.closing.Unlock()
	c.closed = true
	unix.Close(c.pidfd)
}
