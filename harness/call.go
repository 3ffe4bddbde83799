package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
)

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

// Matches tells whether the error matched the sentinel of that name.
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

// Idle tells whether every call asked for has been answered.
func (c *Child) Idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.replies) == c.calls
}

// idle tells whether the child was asked for something and has done all of it;
// mu must be held.
func (c *Child) idle() bool { return len(c.replies) == c.calls && c.calls > 0 }
