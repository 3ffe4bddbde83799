package explored

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"killpoint/harness"
	"killpoint/ring"
)

// The states of a peer beside which a victim dies.
const (
	PeerAsleep  = "asleep"  // in the futex, for the event alone
	PeerPolling = "polling" // asleep too, and looking at the indices by itself
	PeerRunning = "running" // in a loop of operations
	PeerLate    = "late"    // comes when the victim is dead
)

const (
	pollEvery = 2 * time.Millisecond
	peerBody  = 40 // bytes of a message that a writer sends which is no victim
)

// neighbour is a live process with one end of the ring.
type neighbour struct {
	*harness.Child
	path    string
	reader  bool
	pending *harness.Pending // an operation under way
	got     [][]byte         // what it has received
	sent    [][]byte         // what it has published
}

// join starts a process of a role and has it take its end. An answer that is an
// error is the ring's, any other error the harness's.
func join(ctx context.Context, program *harness.Program, path, name string, reader, polls bool) (p *neighbour, answer, err error) {
	p = &neighbour{path: path, reader: reader}
	role, op := "writer", "attach"
	if reader {
		role, op = "reader", "open"
	}
	if p.Child, err = program.Start(harness.Config{Name: name, Role: role, Env: []string{ring.PollEnv + "="}}); err != nil {
		return nil, nil, err
	}
	args := map[string]any{"Path": path, "Off": !polls}
	if polls {
		args["Poll"] = pollEvery
	}
	err = p.Call(ctx, op, args, nil)
	if failed := (*harness.CallError)(nil); errors.As(err, &failed) {
		p.Close()
		return nil, failed, nil
	}
	if err != nil {
		p.Close()
		return nil, nil, err
	}
	return p, nil, nil
}

// word is the event that it waits for.
func (p *neighbour) word() int64 {
	if p.reader {
		return ring.DataAvailOffset
	}
	return ring.SpaceAvailOffset
}

// begin begins the operation in which it waits: a pop, or a push of m.
func (p *neighbour) begin(m []byte) {
	if p.reader {
		p.pending = p.Go("pop", nil)
		return
	}
	p.sent = append(p.sent, m)
	p.pending = p.Go("push", map[string]any{"Msg": m})
}

// settle waits until it is certain what becomes of its operation. One that is
// done is no more pending.
func (p *neighbour) settle(ctx context.Context) (harness.Settled, error) {
	settled, _, err := p.Settle(ctx, p.pending, p.path, p.word(), func() ([]byte, error) { return os.ReadFile(p.path) })
	if err != nil || settled != harness.Done {
		return settled, err
	}
	var m []byte
	into := any(&m)
	if !p.reader {
		into = nil
	}
	if err := p.pending.Wait(ctx, into); err != nil {
		return settled, err
	}
	if p.reader {
		p.got = append(p.got, m)
	}
	p.pending = nil
	return settled, nil
}

// drain has a reader take all there is.
func (p *neighbour) drain(ctx context.Context) error {
	for range 10_000 {
		if more, err := p.take(ctx); err != nil || !more {
			return err
		}
	}
	return errors.New("messages without end")
}

// take has a reader take one message, if there is one.
func (p *neighbour) take(ctx context.Context) (more bool, err error) {
	var m []byte
	err = p.Call(ctx, "try-pop", nil, &m)
	if failed := (*harness.CallError)(nil); errors.As(err, &failed) && failed.Matches("empty") {
		return false, nil
	}
	if err == nil {
		p.got = append(p.got, m)
	}
	return err == nil, err
}

// put has a writer publish a message, if there is room.
func (p *neighbour) put(ctx context.Context, m []byte) (room bool, err error) {
	err = p.Call(ctx, "try-push", map[string]any{"Msg": m}, nil)
	if failed := (*harness.CallError)(nil); errors.As(err, &failed) && failed.Matches("full") {
		return false, nil
	}
	if err == nil {
		p.sent = append(p.sent, m)
	}
	return err == nil, err
}

// keepOn has it do one operation after the other until the function returned is
// called, which waits for the last one.
func (p *neighbour) keepOn(ctx context.Context) (stop func() error, err error) {
	one := func(i int) (err error) {
		if p.reader {
			_, err = p.take(ctx)
		} else {
			_, err = p.put(ctx, msg(fmt.Sprintf("R%d", i), peerBody))
		}
		return err
	}
	if err := one(0); err != nil { // it is in the middle of it from now on
		return nil, err
	}
	quit, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 1; ; i++ {
			select {
			case <-quit:
				done <- nil
				return
			default:
			}
			if err := one(i); err != nil {
				done <- err
				return
			}
		}
	}()
	return func() error { close(quit); return <-done }, nil
}
