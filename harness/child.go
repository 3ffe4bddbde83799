package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
	"killpoint/harness/internal/inherit"
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

	exited chan struct{} // closed by the one goroutine that waits, after exit is set and all events are in
	exit   Exit

	ending  sync.Mutex   // held by Close
	closing sync.RWMutex // held for reading while pid and pidfd are used
	closed  bool

	pumping sync.Mutex // guards the two below
	partial []byte     // of an event
	babble  bool       // a line was no event

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
	hungUp  bool
	// closingFailed is how the end of the role has failed, if it has.
	closingFailed *control.Reply
	signals       provenance
	mapped        map[string]mappedRange

	sending    sync.Mutex // keeps commands whole and in order
	transcript bytes.Buffer
}

// Config says how to start a child.
type Config struct {
	Name     string        // in timelines and errors; required
	Role     string        // of the program; required
	Arms     []control.Arm // sites armed before the role begins
	Env      []string      // added to the environment, "KEY=value"; see Environment
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
	c, err := p.begin(cfg)
	if err != nil {
		return nil, err
	}
	c.send(control.Command{Start: &control.Start{
		Magic: control.Magic, Version: control.Version, Name: cfg.Name, Role: cfg.Role, Arms: cfg.Arms,
	}})
	return c, nil
}

// begin starts the program, which then waits for its start command.
func (p *Program) begin(cfg Config) (*Child, error) {
	sp, err := spawn(p.Path, []string{p.Path}, inherit.Environment(cfg.Env), cfg.Dir, cfg.OwnMounts)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cfg.Name, err)
	}
	c := &Child{
		name: cfg.Name, path: p.Path, pid: sp.pid, pidfd: sp.pidfd, timeline: cfg.Timeline,
		commands: sp.commands, events: sp.events, output: sp.output,
		exited:  make(chan struct{}),
		changed: make(chan struct{}), replies: map[int]control.Reply{},
	}
	live.Lock()
	live.children[c] = true
	live.Unlock()
	c.timeline.Mark(Started, cfg.Role, c.name, "started as %s, pid %d", cfg.Role, c.pid)
	go c.wait()
	go c.listen()
	return c, nil
}

// Environment is what a child finds in its environment: of this process's the
// variables that say where things are and who one is (PATH, HOME, TMPDIR, USER,
// LANG, LC_*, TZ and the like; GORACE and GOCOVERDIR for builds that read them),
// and what is added. Nothing else is inherited: not GO_FAILPOINTS, GODEBUG,
// GOTRACEBACK, GOMAXPROCS, GOGC, GOMEMLIMIT, nor what the program under test
// reads; whoever means a child to have it names it in Config.Env.
func Environment(added []string) []string { return inherit.Environment(added) }

// Name returns the child's name.
func (c *Child) Name() string { return c.name }

// Program returns the path of the child's executable.
func (c *Child) Program() string { return c.path }

// PID returns the child's process id. It is the child's until it is closed.
func (c *Child) PID() int { return c.pid }

// Exited is closed once the child has ended and all that it reported is in.
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
	_, ended := c.Exit()
	return ended
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
	c.commands.SetWriteDeadline(time.Now().Add(dying))
	if _, err := c.commands.Write(line); errors.Is(err, os.ErrDeadlineExceeded) {
		if _, ended := c.Exit(); !ended {
			c.change(func() { c.fatal = fmt.Sprintf("it takes no commands: %v", err) })
		}
	}
}

// wait owns the process: nobody else waits for it. Once it has ended it is left
// unwaited for until Close, so that its number and that of its group stay its
// own.
func (c *Child) wait() {
	const all = unix.WEXITED | unix.WSTOPPED | unix.WCONTINUED
	for {
		what, status, err := waitid(c.pid, all|unix.WNOWAIT)
		if err == nil && (what == cldStopped || what == cldContinued) {
			what, status, err = waitid(c.pid, unix.WSTOPPED|unix.WCONTINUED|unix.WNOHANG)
		}
		if err != nil {
			panic(fmt.Sprintf("harness: wait for %s, pid %d: %v: somebody else waits for it", c.name, c.pid, err))
		}
		switch what {
		case 0: // it went on in between
		case cldStopped:
			sig := syscall.Signal(status)
			c.drain() // a child that stops itself has said so
			var by string
			c.change(func() { by, c.stopped = c.signals.stopped(sig), true })
			c.timeline.Mark(Stopped, unix.SignalName(sig), c.name, "stopped by %s%s", unix.SignalName(sig), by)
		case cldContinued:
			var by string
			c.change(func() { by, c.stopped = c.signals.continued(), false })
			c.timeline.Mark(Continued, "", c.name, "continued%s", by)
		default:
			c.ended(what, status)
			return
		}
	}
}

// ended takes note of the end, and of all that the child has reported before.
func (c *Child) ended(what, status int) {
	exit := Exit{Code: status}
	if what != cldExited {
		exit = Exit{Code: -1, Signal: syscall.Signal(status)}
	}
	whole := exit.Killed() && toProcess(c.pid)
	c.drain()
	by := ""
	c.change(func() {
		switch {
		case exit.Killed():
			c.signals.ended(whole)
			by = ", " + c.signals.sender
		case c.stopped: // it has gone on in between, unnoticed
			c.signals.continued()
		}
	})
	c.exit = exit
	c.timeline.Mark(Ended, exit.String(), c.name, "ended: %s%s", exit, by)
	past := time.Unix(1, 0)
	c.events.SetReadDeadline(past) // ends listen, whoever else holds the pipe
	c.commands.SetWriteDeadline(past)
	close(c.exited)
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
	if c.over() {
		return nil
	}
	c.mu.Lock()
	switch sig {
	case unix.SIGKILL:
		c.signals.killed = true
	case unix.SIGSTOP:
		c.signals.mayStop = true
	case unix.SIGCONT:
		c.signals.mayStop, c.signals.mayGoOn = false, true
	}
	c.mu.Unlock()
	if err := c.deliver(sig); err != nil && err != unix.ESRCH {
		return fmt.Errorf("signal %s: %w", c.name, err)
	}
	return nil
}

// over tells whether the process has ended, noticed or not.
func (c *Child) over() bool {
	poll := []unix.PollFd{{Fd: int32(c.pidfd), Events: unix.POLLIN}}
	n, err := unix.Poll(poll, 0)
	return err == nil && n > 0
}

// deliver sends a signal to a child that was not waited for, so that its number
// is its own; closing must be held. SIGKILL goes to its first thread, which ends
// the process as well: see provenance.
func (c *Child) deliver(sig syscall.Signal) error {
	if sig == unix.SIGKILL {
		err := unix.Tgkill(c.pid, c.pid, sig)
		if err == nil || err == unix.ESRCH {
			return err
		}
		c.mu.Lock()
		c.signals.killedAll = true
		c.mu.Unlock()
	}
	err := unix.PidfdSendSignal(c.pidfd, sig, nil, 0)
	if err != nil && err != unix.ESRCH {
		return unix.Kill(c.pid, sig)
	}
	return err
}

// CanSignal starts the program and reports whether the harness can stop,
// continue and kill it, and tell its own SIGKILL from somebody else's: a
// container may deny the system calls that this takes. It is for a command to
// ask before its first verdict. The environment is added to that of the child.
func (p *Program) CanSignal(ctx context.Context, env ...string) error {
	c, err := p.begin(Config{Name: "signal-probe", Env: env})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Hello(ctx)
	if err == nil {
		err = c.Stop(ctx)
	}
	if err == nil {
		err = c.Continue(ctx)
	}
	if err == nil {
		_, err = c.Kill()
	}
	if err == nil {
		err = c.Disturbed()
	}
	if err != nil {
		return fmt.Errorf("a child could not be stopped, continued and killed (a container that denies kill(2), tgkill(2) or waitid(2)?): %w", err)
	}
	return nil
}

// Kill sends SIGKILL, waits for the end, and tells how the child really ended:
// it may have been quicker. If somebody else has killed it, the error wraps
// ErrDisturbed; a process that does not end within a minute is ErrDeadline.
func (c *Child) Kill() (Exit, error) {
	if err := c.Signal(unix.SIGKILL); err != nil {
		return Exit{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), dying)
	defer cancel()
	return c.WaitExit(ctx)
}

// dying is how long a process may take to end after SIGKILL, or to take a
// command. One that is in a system call that cannot be interrupted takes as long
// as that does.
var dying = time.Minute

// WaitExit waits for the child to end by itself. The error wraps ErrDisturbed,
// and the Exit is valid, if it was killed by somebody else.
func (c *Child) WaitExit(ctx context.Context) (Exit, error) {
	select {
	case <-c.exited:
		return c.exit, c.wrap("its end", c.killedByOther())
	default:
	}
	select {
	case <-c.exited:
		return c.exit, c.wrap("its end", c.killedByOther())
	case <-ctx.Done():
		return Exit{}, c.wrap("its end", fmt.Errorf("%w (%v)", ErrDeadline, context.Cause(ctx)))
	}
}

// Close kills the child if it lives, waits for its end, kills what else is in
// its process group, which is what it has started, and frees everything that
// belongs to it. A child that cannot be killed within a minute is left, and
// stays in Live.
func (c *Child) Close() {
	c.ending.Lock()
	defer c.ending.Unlock()
	if c.closed {
		return
	}
	if _, ok := c.Exit(); !ok {
		c.mu.Lock()
		c.signals.killed = true
		c.mu.Unlock()
		err := c.deliver(unix.SIGKILL)
		if err != nil && err != unix.ESRCH {
			c.HangUp() // it ends then by itself, if it is the program that it should be
		}
		late := time.NewTimer(dying)
		defer late.Stop()
		select {
		case <-c.exited:
		case <-late.C:
			c.timeline.Mark(Fatal, "", "harness", "%s does not end after SIGKILL (%v): it is left", c.name, err)
			return
		}
	}
	unix.Kill(-c.pid, unix.SIGKILL)
	c.closing.Lock()
	defer c.closing.Unlock()
	c.closed = true
	waitid(c.pid, unix.WEXITED)
	c.commands.Close()
	c.events.Close()
	c.output.Close()
	unix.Close(c.pidfd)
	live.Lock()
	defer live.Unlock()
	delete(live.children, c)
}
