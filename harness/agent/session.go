package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
)

// A Session is one run of a program under a harness.
type Session struct {
	program Program
	release chan struct{}
	calls   *queue
	started chan *control.Start
	signals chan os.Signal
	busy    atomic.Int64 // calls queued or running
	broken  atomic.Bool  // a command made no sense

	mu      sync.Mutex // guards out, arms and holding
	out     events
	arms    map[string]*armed
	holding func() any
}

func newSession(p Program, out events) *Session {
	return &Session{
		program: p,
		release: make(chan struct{}, 1<<30), // takes no memory
		calls:   newQueue(),
		signals: make(chan os.Signal, 64),
		started: make(chan *control.Start, 1),
		out:     out,
		arms:    make(map[string]*armed),
	}
}

// Holding sets a function that says what the current operation has in its
// hands. It is called at an armed site, on the operation's goroutine, before
// anything is done there.
func (s *Session) Holding(f func() any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = f
}

func (s *Session) send(e control.Event) {
	e.Time = control.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.send(e)
}

// listen takes commands until the pipe closes, then calls lost if there are
// calls still to do. Releases and arms take effect at once, calls are queued.
func (s *Session) listen(r io.Reader, lost func()) {
	dec := json.NewDecoder(r)
	for {
		var c control.Command
		if err := dec.Decode(&c); err != nil {
			if !errors.Is(err, io.EOF) {
				s.broken.Store(true)
				s.send(control.Event{Fatal: fmt.Sprintf("command: %v", err)})
			}
			close(s.started)
			s.calls.close()
			if s.busy.Load() > 0 {
				lost()
			}
			return
		}
		switch {
		case c.Start != nil:
			s.started <- c.Start
		case c.Call != nil:
			s.busy.Add(1)
			s.calls.put(*c.Call)
		case c.Arm != nil:
			if err := s.arm(*c.Arm); err != nil {
				s.send(control.Event{Fatal: err.Error()})
			}
		case c.Release:
			s.release <- struct{}{}
		case c.Stacks:
			s.send(control.Event{Stacks: stacks()})
		}
	}
}

// serve runs the conversation and returns the exit code.
func (s *Session) serve() int {
	hello := &control.Hello{Magic: control.Magic, Version: control.Version, Program: s.program.Name, PID: unix.Getpid()}
	if m := s.program.Markers; m != nil {
		hello.Instrumented, hello.Sites = m.Instrumented(), m.Sites()
	}
	s.send(control.Event{Hello: hello})
	start, ok := <-s.started
	switch {
	case s.broken.Load():
		return ExitUsage
	case !ok:
		return ExitLost
	}
	newRole, err := s.begin(start)
	if err != nil {
		s.send(control.Event{Fatal: err.Error()})
		return ExitUsage
	}
	role := newRole(s)
	closed := false
	defer func() {
		if !closed { // an operation panics
			role.Close()
		}
	}()
	ops := role.Ops()
	signal.Notify(s.signals, unix.SIGWINCH)
	defer signal.Stop(s.signals)
	for call := range s.calls.all() {
		s.send(control.Event{Begin: &control.Begin{ID: call.ID, Op: call.Op}})
		reply := s.perform(ops, call)
		s.interrupted()
		s.busy.Add(-1)
		s.send(control.Event{Reply: reply})
	}
	closed = true
	if err := role.Close(); err != nil {
		s.send(control.Event{Closing: &control.Reply{Op: "closing the role", Error: err.Error(), Errno: errnoOf(err)}})
	}
	if s.broken.Load() {
		return ExitUsage
	}
	return 0
}

// interrupted tells of signals that have come during an operation and did
// nothing but to interrupt its system calls: one that sleeps looks again then,
// and may find what it was not to be woken for. All that have come are told
// before the operation's end is.
func (s *Session) interrupted() {
	signal.Stop(s.signals) // waits until what was caught is in the channel
	for len(s.signals) > 0 {
		sig := (<-s.signals).(syscall.Signal)
		s.send(control.Event{Signal: unix.SignalName(sig)})
	}
	signal.Notify(s.signals, unix.SIGWINCH)
}

// begin checks the start command, arms what it asks for and returns the role.
func (s *Session) begin(start *control.Start) (NewRole, error) {
	if start.Magic != control.Magic || start.Version != control.Version {
		return nil, fmt.Errorf("harness speaks %s %d, this program %s %d: build both from the same sources",
			start.Magic, start.Version, control.Magic, control.Version)
	}
	newRole, ok := s.program.Roles[start.Role]
	if !ok {
		var known []string
		for name := range s.program.Roles {
			known = append(known, name)
		}
		slices.Sort(known)
		return nil, fmt.Errorf("role %q is unknown; there are %v", start.Role, known)
	}
	for _, a := range start.Arms {
		if err := s.arm(a); err != nil {
			return nil, err
		}
	}
	return newRole, nil
}

func (s *Session) perform(ops map[string]Op, call control.Call) *control.Reply {
	reply := &control.Reply{ID: call.ID, Op: call.Op}
	op, ok := ops[call.Op]
	if !ok {
		reply.Error = fmt.Sprintf("operation %q is unknown", call.Op)
		return reply
	}
	before := cpuTime()
	result, err := op(call.Args)
	reply.CPU = cpuTime() - before
	s.Holding(nil)
	if err != nil {
		reply.Error, reply.Errno = err.Error(), errnoOf(err)
		for name, sentinel := range s.program.Errors {
			if errors.Is(err, sentinel) {
				reply.Is = append(reply.Is, name)
			}
		}
		slices.Sort(reply.Is)
		return reply
	}
	if result != nil {
		if reply.Result, err = json.Marshal(result); err != nil {
			reply.Error = err.Error()
		}
	}
	return reply
}

// errnoOf names the system error that an error wraps.
func errnoOf(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return ""
	}
	return unix.ErrnoName(errno)
}

// cpuTime is what this process has used so far, in nanoseconds.
func cpuTime() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		return 0
	}
	return ts.Nano()
}

// stacks are those of all goroutines, cut at 256 KiB.
func stacks() string {
	text := make([]byte, 256<<10)
	return string(text[:runtime.Stack(text, true)])
}

// queue has the calls that are still to do. It takes any number: whoever reads
// commands must never wait for an operation, which may itself be waiting for the
// next command, a release.
type queue struct {
	mu     sync.Mutex
	change *sync.Cond
	calls  []control.Call
	closed bool
}

func newQueue() *queue {
	q := new(queue)
	q.change = sync.NewCond(&q.mu)
	return q
}

func (q *queue) put(c control.Call) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls = append(q.calls, c)
	q.change.Signal()
}

// close says that no more calls come.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.change.Signal()
}

// all waits for the calls, one after the other, until the queue is closed and
// empty.
func (q *queue) all() iter.Seq[control.Call] {
	return func(yield func(control.Call) bool) {
		for {
			q.mu.Lock()
			for len(q.calls) == 0 && !q.closed {
				q.change.Wait()
			}
			if len(q.calls) == 0 {
				q.mu.Unlock()
				return
			}
			c := q.calls[0]
			q.calls = q.calls[1:]
			q.mu.Unlock()
			if !yield(c) {
				return
			}
		}
	}
}

// inherited returns the command pipe, or an error if this process was not
// started by a harness.
func inherited() (io.Reader, error) {
	for _, fd := range []int{control.CommandFD, control.EventFD} {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
			return nil, errors.New("no control pipes: this program is not run by hand")
		}
		unix.CloseOnExec(fd)
	}
	return fdReader(control.CommandFD), nil
}

// fdReader reads from a raw descriptor: an os.File would close it when it is
// collected.
type fdReader int

func (fd fdReader) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(fd), p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// events is where a session tells what happens.
type events interface{ send(control.Event) }

// pipeEvents sends them to the harness. A line is at most a few hundred bytes
// or holds a message body; a pipe whose reader has gone ends the process.
type pipeEvents struct{}

func (pipeEvents) send(e control.Event) {
	line, err := json.Marshal(e)
	if err != nil {
		line, _ = json.Marshal(control.Event{Time: e.Time, Fatal: err.Error()})
	}
	line = append(line, '\n')
	for len(line) > 0 {
		n, err := unix.Write(control.EventFD, line)
		switch {
		case err == unix.EINTR:
		case err != nil:
			os.Exit(ExitLost)
		default:
			line = line[n:]
		}
	}
}
