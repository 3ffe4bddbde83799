package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
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

// Ended reports whether the child has ended and all that it reported is in.
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
			what, status, err = takeStop(c.pid)
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

// takeStop takes the news of a stop or a continuation. There is none any more, and
// what is 0, if the process has gone on or has died in between: for one that is
// dead and not asked for its end, the kernel says that there is no child.
func takeStop(pid int) (what, status int, err error) {
	what, status, err = waitid(pid, unix.WSTOPPED|unix.WCONTINUED|unix.WNOHANG)
	if err == unix.ECHILD {
		return 0, 0, nil
	}
	return what, status, err
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

// over reports whether the process has ended, noticed or not.
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

// Exit is how a process ended. A signal and an exit code are never folded into
// one number: code 137 is a program that said 137, signal 9 is a kill.
type Exit struct {
	Code   int            // exit code, or -1 if a signal ended the process
	Signal syscall.Signal // the signal, or 0 if the process exited by itself
}

// Killed reports whether SIGKILL ended the process.
func (e Exit) Killed() bool { return e.Signal == unix.SIGKILL }

// String is "signal SIGKILL" or "code 2".
func (e Exit) String() string {
	if e.Signal != 0 {
		return "signal " + unix.SignalName(e.Signal)
	}
	return fmt.Sprintf("code %d", e.Code)
}

// change makes a change and wakes those who await one.
func (c *Child) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.changed)
	c.changed = make(chan struct{})
}

// await waits until check, called with the lock held, says it is done. A child
// that ends or breaks off first ends the wait with an error. Whatever ends the
// wait, check is asked once more: what has happened counts, not when it was
// noticed.
func (c *Child) await(ctx context.Context, what string, check func() (done bool, err error)) error {
	for {
		var last error // why this look is the last one
		select {
		case <-c.exited:
			last = c.howEnded()
		default:
			if ctx.Err() != nil {
				last = fmt.Errorf("%w (%v)", ErrDeadline, context.Cause(ctx))
			}
		}
		c.mu.Lock()
		done, err := check()
		changed, fatal := c.changed, c.fatal
		c.mu.Unlock()
		switch {
		case done || err != nil:
			return c.wrap(what, err)
		case fatal != "":
			return c.wrap(what, fmt.Errorf("%w: %s", ErrProtocol, fatal))
		case last != nil:
			return c.wrap(what, last)
		}
		select {
		case <-c.exited:
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Ending says why a child has ended, for whoever wanted something else of it:
// ErrExited, unless somebody else has killed it (ErrDisturbed), or the machine
// lacked what its runtime needs (see Lack). It is nil while the child lives.
func (c *Child) Ending() error {
	if _, ended := c.Exit(); !ended {
		return nil
	}
	return c.howEnded()
}

func (c *Child) howEnded() error {
	if err := c.killedByOther(); err != nil {
		return err
	}
	output := c.Output()
	if errno := runtimeLacks(output); c.exit.Code == 2 && errno != 0 {
		return fmt.Errorf("child could not go on for want of something: %w%s", errno, indented(output))
	}
	return fmt.Errorf("%w with %s%s", ErrExited, c.exit, indented(output))
}

// lackingRuntime is what Go's runtime says when the kernel has refused it a
// thread or a descriptor, of which it dies. Memory is not among it: a program
// may run out of that by its own fault.
var lackingRuntime = regexp.MustCompile(`(?m)^runtime: (?:failed to create new OS thread \(have \d+ already; errno=|epollcreate failed with |eventfd failed with )(\d+)`)

func runtimeLacks(output string) syscall.Errno {
	if said := lackingRuntime.FindStringSubmatch(output); said != nil {
		n, _ := strconv.Atoi(said[1])
		return syscall.Errno(n)
	}
	return 0
}

func (c *Child) wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s, waiting for %s: %w", c.name, what, err)
}

func indented(output string) string {
	if output == "" {
		return ""
	}
	return "; its output:\n\t" + string(bytes.ReplaceAll(bytes.TrimSpace([]byte(output)), []byte("\n"), []byte("\n\t")))
}

// A Pending is a call under way.
type Pending struct {
	child *Child
	id    int
	op    string
}

// A CallError is what a child answered to a call that failed there.
type CallError struct {
	Child, Op string
	Text      string
	// Sentinels are the names, as in agent.Program.Errors, of the errors that
	// it matches.
	Sentinels []string
	// Errno is the name of the system error that it wraps, such as "ENOSPC";
	// empty if it wraps none.
	Errno string
}

// lacks are the system errors that say something of the machine, or of what the
// process may do there, and nothing of the program under test.
var lacks = []syscall.Errno{
	unix.ENOSPC, unix.EDQUOT, unix.EMFILE, unix.ENFILE, unix.ENOMEM,
	unix.EROFS, unix.EACCES, unix.EPERM, unix.EIO, unix.ENOSYS,
}

// Lack reports whether the operation failed because the machine lacks something
// (space, descriptors, memory, a right), and which errno said so. Such a failure
// shows nothing of the program, unless the caller has brought it about.
func (e *CallError) Lack() (errno syscall.Errno, ok bool) {
	for _, errno := range lacks {
		if unix.ErrnoName(errno) == e.Errno {
			return errno, true
		}
	}
	return 0, false
}

// Lack is CallError.Lack for any error, also one of the harness's own, such as
// those of Start.
func Lack(err error) (errno syscall.Errno, ok bool) {
	if failed := (*CallError)(nil); errors.As(err, &failed) {
		return failed.Lack()
	}
	// EAGAIN of fork(2) is a limit on processes; of an operation it may be
	// anything.
	if errors.As(err, &errno) && (errno == unix.EAGAIN || slices.Contains(lacks, errno)) {
		return errno, true
	}
	return 0, false
}

func (e *CallError) Error() string { return fmt.Sprintf("%s: %s: %s", e.Child, e.Op, e.Text) }

// Matches reports whether the error matched the sentinel of that name.
func (e *CallError) Matches(name string) bool { return slices.Contains(e.Sentinels, name) }

// Go asks the child's role for an operation. Calls run one after the other, in
// the order in which they are asked for.
func (c *Child) Go(op string, args any) *Pending {
	raw, err := json.Marshal(args)
	if err != nil {
		panic(fmt.Sprintf("harness: arguments of %s: %v", op, err)) // a mistake in the caller's types
	}
	c.mu.Lock()
	c.calls++
	id := c.calls
	c.mu.Unlock()
	c.send(control.Command{Call: &control.Call{ID: id, Op: op, Args: raw}})
	return &Pending{child: c, id: id, op: op}
}

// Call is Go and Wait.
func (c *Child) Call(ctx context.Context, op string, args, result any) error {
	return c.Go(op, args).Wait(ctx, result)
}

// Reply returns the answer if it is there; ok is false if it is not yet.
func (p *Pending) Reply() (reply control.Reply, ok bool) {
	p.child.mu.Lock()
	defer p.child.mu.Unlock()
	reply, ok = p.child.replies[p.id]
	return reply, ok
}

// Answer waits for the answer, whether the operation succeeded or not.
func (p *Pending) Answer(ctx context.Context) (control.Reply, error) {
	var reply control.Reply
	err := p.child.await(ctx, "the end of "+p.op, func() (done bool, _ error) {
		reply, done = p.child.replies[p.id]
		return done, nil
	})
	return reply, err
}

// Wait waits for the answer and decodes the result into result, unless that is
// nil. An operation that failed gives a *CallError.
func (p *Pending) Wait(ctx context.Context, result any) error {
	reply, err := p.Answer(ctx)
	switch {
	case err != nil:
		return err
	case reply.Error != "":
		return p.child.failed(reply)
	case result == nil:
		return nil
	}
	if err := json.Unmarshal(reply.Result, result); err != nil {
		return fmt.Errorf("%s: result of %s: %w", p.child.name, p.op, err)
	}
	return nil
}

// failed is what a call that failed gives.
func (c *Child) failed(r control.Reply) *CallError {
	return &CallError{Child: c.name, Op: r.Op, Text: r.Error, Sentinels: r.Is, Errno: r.Errno}
}

// HangUp tells the child that there are no more calls: it closes its role and
// ends. One that still has calls to do takes that for the loss of its harness
// and ends with agent.ExitLost.
func (c *Child) HangUp() {
	c.mu.Lock()
	c.hungUp = true
	c.mu.Unlock()
	c.sending.Lock()
	defer c.sending.Unlock()
	c.commands.Close()
}

// Finish is HangUp and WaitExit.
func (c *Child) Finish(ctx context.Context) (Exit, error) {
	c.HangUp()
	return c.WaitExit(ctx)
}

// Idle reports whether every call asked for has been answered.
func (c *Child) Idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.replies) == c.calls
}

// idle reports whether the child was asked for something and has done all of it;
// mu must be held.
func (c *Child) idle() bool { return len(c.replies) == c.calls && c.calls > 0 }

// longestEvent is more than any event has: what does not end in a line by then
// was written by something else.
const longestEvent = 64 << 20

// listen takes the child's events as they come, until everybody who holds the
// other end of the pipe has gone, or the child has. A process that the child
// has forked may hold it as well: the end of the pipe is not the child's end.
func (c *Child) listen() {
	pipe, err := c.events.SyscallConn()
	if err != nil {
		return // it is closed
	}
	pipe.Read(func(fd uintptr) (closed bool) {
		c.pumping.Lock()
		defer c.pumping.Unlock()
		return c.pump(int(fd), -1)
	})
}

// drain takes what is in the pipe now. All that the child has reported before
// it stopped or ended is taken then.
func (c *Child) drain() {
	pipe, err := c.events.SyscallConn()
	if err != nil {
		return
	}
	pipe.Control(func(fd uintptr) {
		c.pumping.Lock() // what listen has read is taken by then
		defer c.pumping.Unlock()
		if n, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ); err == nil && n > 0 {
			c.pump(int(fd), n)
		}
	})
}

// pump reads what is in the pipe, at most limit bytes unless that is negative,
// and takes the events in it. pumping must be held.
func (c *Child) pump(fd, limit int) (closed bool) {
	buf := make([]byte, 64<<10)
	for limit != 0 {
		if limit > 0 {
			buf = buf[:min(len(buf), limit)]
		}
		n, err := unix.Read(fd, buf)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return false
		case n <= 0:
			return true
		default:
			c.feed(buf[:n])
			limit -= n // a negative one stays negative
		}
	}
	return false
}

// feed takes the events in a piece of what was read. A line that is no event
// may have been anything: nothing behind it is believed.
func (c *Child) feed(piece []byte) {
	if c.babble {
		return
	}
	c.partial = append(c.partial, piece...)
	for {
		line, rest, whole := bytes.Cut(c.partial, []byte("\n"))
		if !whole && len(line) < longestEvent {
			return
		}
		c.partial = rest
		var e control.Event
		if err := json.Unmarshal(line, &e); err != nil {
			c.babble, c.partial = true, nil
			c.change(func() { c.fatal = fmt.Sprintf("%.60q on the event pipe: %v", line, err) })
			return
		}
		c.take(e)
	}
}

func (c *Child) take(e control.Event) {
	note := func(kind Kind, of, format string, args ...any) {
		c.timeline.add(Entry{Time: e.Time, Who: c.name, Kind: kind, Of: of}, format, args...)
	}
	switch {
	case e.Hello != nil:
		if e.Hello.Magic != control.Magic || e.Hello.Version != control.Version {
			e.Fatal = fmt.Sprintf("child speaks %s %d, harness %s %d: build both from the same sources",
				e.Hello.Magic, e.Hello.Version, control.Magic, control.Version)
			e.Hello = nil // it shall not pass for one
		}
		c.change(func() { c.hello, c.fatal = e.Hello, e.Fatal })
	case e.Hit != nil:
		kind := Reached
		if e.Hit.Parks() {
			kind = Parked
		}
		note(kind, e.Hit.Site, "at %s, hit %d: %s", e.Hit.Site, e.Hit.Hit, e.Hit.Action)
		c.change(func() {
			c.hits = append(c.hits, *e.Hit)
			c.signals.reported(*e.Hit)
		})
	case e.Dies:
		c.change(func() { c.signals.own = true })
	case e.Begin != nil:
		note(Began, e.Begin.Op, "%s begins", e.Begin.Op)
	case e.Reply != nil:
		note(Finished, e.Reply.Op, "%s ends%s", e.Reply.Op, outcomeText(e.Reply))
		c.change(func() { c.replies[e.Reply.ID] = *e.Reply })
	case e.Signal != "":
		note("", "", "interrupted by %s", e.Signal)
		c.change(func() { c.signals.others = append(c.signals.others, "interrupted by "+e.Signal) })
	case e.Closing != nil:
		note(Finished, e.Closing.Op, "%s fails: %s", e.Closing.Op, e.Closing.Error)
		c.change(func() { c.closingFailed = e.Closing })
	case e.Stacks != "":
		c.change(func() { c.stacks = append(c.stacks, e.Stacks) })
	case e.Fatal != "":
		note(Fatal, "", "fatal: %s", e.Fatal)
		c.change(func() { c.fatal = e.Fatal })
	}
}

func outcomeText(r *control.Reply) string {
	switch {
	case r.Error != "":
		return ": " + r.Error
	case len(r.Result) > 40:
		return fmt.Sprintf(": %s… (%d bytes)", r.Result[:40], len(r.Result))
	case len(r.Result) > 0:
		return ": " + string(r.Result)
	}
	return ""
}
