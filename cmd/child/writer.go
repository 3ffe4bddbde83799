package main

import (
	"context"
	"fmt"

	"killpoint/harness/agent"
	"killpoint/harness/soak/ledger"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// writer is the role that holds a ring.Writer.
type writer struct{ w *ring.Writer }

func newWriter(*agent.Session) agent.Role { return new(writer) }

func (v *writer) Ops() map[string]agent.Op {
	return withEnd(map[string]agent.Op{
		"create":         agent.Func(v.create),
		"attach":         agent.Func(v.attach),
		"attach-again":   agent.Func(v.attachAgain),
		"push":           agent.Func(v.push),
		"try-push":       agent.Func(v.tryPush),
		"push-batch":     agent.Func(v.pushBatch),
		"try-push-batch": agent.Func(v.tryPushBatch),
		"reserve":        agent.Func(v.reserve),
		"commit":         agent.Func(v.commit),
		"abort":          agent.Func(v.abort),
		"send":           agent.Func(v.send),
	}, func() end { return v.w })
}

// Close closes the end as a real program's deferred call would.
func (v *writer) Close() error {
	if v.w == nil {
		return nil
	}
	return v.w.Close()
}

func (v *writer) create(a ops.Join) (_ any, err error) {
	v.Close()
	w, err := ring.Create(a.Path, a.Capacity, options(a)...)
	if err == nil {
		v.w = w
	}
	return nil, err
}

func (v *writer) attach(a ops.Join) (any, error) {
	v.Close()
	w, err := ring.Attach(a.Path, options(a)...)
	if err == nil {
		v.w = w
	}
	return nil, err
}

// attachAgain tries to become the writer a second time.
func (v *writer) attachAgain(a ops.Join) (any, error) {
	w, err := ring.Attach(a.Path, options(a)...)
	if err != nil {
		return nil, err
	}
	return nil, w.Close()
}

func (v *writer) push(a ops.Push) (any, error) {
	ctx, cancel := within(a.Timeout, a.Cancel)
	defer cancel()
	return nil, v.w.Push(ctx, a.Msg)
}

func (v *writer) tryPush(a ops.Push) (any, error) { return nil, v.w.TryPush(a.Msg) }

func (v *writer) pushBatch(a ops.Batch) (any, error) {
	ctx, cancel := within(a.Timeout, a.Cancel)
	defer cancel()
	return counted(v.w.PushBatch(ctx, a.Msgs))
}

func (v *writer) tryPushBatch(a ops.Batch) (any, error) { return counted(v.w.TryPushBatch(a.Msgs)) }

func counted(n int, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return n, nil
}

// reserve writes the message into its reservation, as a user would.
func (v *writer) reserve(a ops.Push) (any, error) {
	ctx, cancel := within(a.Timeout, a.Cancel)
	defer cancel()
	body, err := v.w.Reserve(ctx, len(a.Msg))
	copy(body, a.Msg)
	return nil, err
}

func (v *writer) commit(a ops.Commit) (any, error) { return nil, v.w.Commit(a.N) }

func (v *writer) abort(struct{}) (any, error) {
	v.w.Abort()
	return nil, nil
}

// sender sends the messages of one writer life at full speed.
type sender struct {
	*writer
	ledger *ledger.Ledger
	box    *ledger.Outbox
	most   int
	buf    []byte
	msgs   [][]byte
}

// send sends until it is asked to finish, and then one message that says so.
func (v *writer) send(a ops.Soak) (any, error) {
	l, err := ledger.Open(a.Ledger)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	s := &sender{writer: v, ledger: l, box: l.Outbox(a.Life, a.Most), most: a.Most}
	way, ok := map[string]func() error{"push": s.push, "batch": s.batch, "reserve": s.reserve}[a.Way]
	if !ok {
		return nil, fmt.Errorf("there is no way %q to send", a.Way)
	}
	for !l.Finishing() {
		if err := way(); err != nil {
			return nil, err
		}
	}
	return nil, s.last()
}

func (s *sender) push() error {
	s.buf = s.ledger.Format.Append(s.buf[:0], s.box.Begin(1))
	if err := s.w.Push(context.Background(), s.buf); err != nil {
		return err
	}
	s.box.Done()
	return nil
}

func (s *sender) batch() error {
	first := s.box.Begin(s.most)
	s.buf, s.msgs = s.buf[:0], s.msgs[:0]
	for n := range s.most {
		s.buf = s.ledger.Format.Append(s.buf, first+ledger.ID(n))
	}
	rest := s.buf
	for n := range s.most {
		length := s.ledger.Format.Length(first + ledger.ID(n))
		s.msgs = append(s.msgs, rest[:length])
		rest = rest[length:]
	}
	if _, err := s.w.PushBatch(context.Background(), s.msgs); err != nil {
		return err
	}
	s.box.Done()
	return nil
}

func (s *sender) reserve() error {
	id := s.box.Begin(1)
	body, err := s.w.Reserve(context.Background(), s.ledger.Format.Length(id))
	if err != nil {
		return err
	}
	s.ledger.Format.Write(id, body)
	if err := s.w.Commit(len(body)); err != nil {
		return err
	}
	s.box.Done()
	return nil
}

// last sends the message after which there is none.
func (s *sender) last() error {
	s.buf = s.ledger.Format.Append(s.buf[:0], s.box.Begin(1).Last())
	if err := s.w.Push(context.Background(), s.buf); err != nil {
		return err
	}
	s.box.Done()
	return nil
}
