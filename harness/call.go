package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

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
		return &CallError{Child: p.child.name, Op: p.op, Text: reply.Error, Sentinels: reply.Is}
	case result == nil:
		return nil
	}
	if err := json.Unmarshal(reply.Result, result); err != nil {
		return fmt.Errorf("%s: result of %s: %w", p.child.name, p.op, err)
	}
	return nil
}

// Finish tells the child that there are no more calls and waits for its end. One
// that still has calls to do takes that for the loss of its harness and ends
// with agent.ExitLost.
func (c *Child) Finish(ctx context.Context) (Exit, error) {
	c.sending.Lock()
	c.commands.Close()
	c.sending.Unlock()
	return c.WaitExit(ctx)
}

// Idle tells whether every call asked for has been answered.
func (c *Child) Idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.replies) == c.calls
}
