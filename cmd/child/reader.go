package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"killpoint/harness/agent"
	"killpoint/harness/soak/ledger"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// reader is the role that holds a ring.Reader.
type reader struct {
	session *agent.Session
	r       *ring.Reader
	buf     []byte   // what a pop copies into
	peeked  [][]byte // in the ring itself, not released
}

func newReader(s *agent.Session) agent.Role { return &reader{session: s} }

func (v *reader) Ops() map[string]agent.Op {
	return withEnd(map[string]agent.Op{
		"open":       agent.Func(v.open),
		"open-again": agent.Func(v.openAgain),
		"pop":        agent.Func(v.pop),
		"try-pop":    agent.Func(v.tryPop),
		"peek":       agent.Func(v.peek),
		"try-peek":   agent.Func(v.tryPeek),
		"peek-batch": agent.Func(v.peekBatch),
		"release":    agent.Func(v.release),
		"rewind":     agent.Func(v.rewind),
		"range":      agent.Func(v.rangeOver),
		"take":       agent.Func(v.take),
	}, func() end { return v.r })
}

// Close closes the end as a real program's deferred call would.
func (v *reader) Close() error {
	if v.r == nil {
		return nil
	}
	return v.r.Close()
}

func (v *reader) open(a ops.Join) (any, error) {
	v.Close()
	r, err := ring.Open(a.Path, options(a)...)
	if err == nil {
		v.r, v.peeked = r, nil
		v.buf = make([]byte, 0, r.Capacity())
	}
	return nil, err
}

// openAgain tries to become the reader a second time.
func (v *reader) openAgain(a ops.Join) (any, error) {
	r, err := ring.Open(a.Path, options(a)...)
	if err != nil {
		return nil, err
	}
	return nil, r.Close()
}

// hold wipes the buffer and has a crash site report what the reader holds by
// then.
func (v *reader) hold() {
	clear(v.buf[:cap(v.buf)])
	v.session.Holding(func() any { return ops.Holding{Copied: v.buf[:cap(v.buf)], Peeked: v.peeked} })
}

func (v *reader) pop(a ops.Pop) (any, error) {
	ctx, cancel := within(a.Timeout, a.Cancel)
	defer cancel()
	v.hold()
	return result(v.r.Pop(ctx, v.buf))
}

func (v *reader) tryPop(struct{}) (any, error) {
	v.hold()
	return result(v.r.TryPop(v.buf))
}

// result keeps an empty message apart from none.
func result(msg []byte, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return append([]byte{}, msg...), nil
}

func (v *reader) peek(a ops.Pop) (any, error) {
	ctx, cancel := within(a.Timeout, a.Cancel)
	defer cancel()
	v.hold()
	return v.keep(v.r.Peek(ctx))
}

func (v *reader) tryPeek(struct{}) (any, error) {
	v.hold()
	return v.keep(v.r.TryPeek())
}

func (v *reader) keep(msg []byte, err error) (any, error) {
	if err == nil {
		v.peeked = append(v.peeked, msg)
	}
	return result(msg, err)
}

// peekBatch peeks at most Max messages in one call.
func (v *reader) peekBatch(a ops.PeekBatch) (any, error) {
	ctx, cancel := within(a.Timeout, a.Cancel)
	defer cancel()
	v.hold()
	into := make([][]byte, a.Max)
	n, err := v.r.PeekBatch(ctx, into)
	if err != nil {
		return nil, err
	}
	v.peeked = append(v.peeked, into[:n]...)
	return into[:n], nil
}

// release gives up what was peeked. A crash site then reports it as it is before
// that: a moment later it may be overwritten.
func (v *reader) release(a ops.Release) (any, error) {
	for i, msg := range v.peeked {
		if a.Look {
			v.peeked[i] = bytes.Clone(msg)
		}
	}
	v.hold()
	err := v.r.Release()
	v.peeked = nil
	return nil, err
}

func (v *reader) rewind(struct{}) (any, error) {
	v.r.Rewind()
	v.peeked = nil
	return nil, nil
}

// rangeOver ranges over messages and returns those whose body ended.
func (v *reader) rangeOver(a ops.Range) (_ any, err error) {
	ctx, cancel := within(a.Timeout, a.Cancel)
	defer cancel()
	done := [][]byte{}
	defer func() {
		if a.Then == "recover" {
			recover()
		}
	}()
	for msg, err := range v.r.Messages(ctx) {
		if err != nil {
			return done, err
		}
		if bytes.Equal(msg, a.Last) {
			switch a.Then {
			case "break":
				return append(done, bytes.Clone(msg)), nil
			case "kill":
				v.session.Kill()
			default:
				panic("killpoint: panic asked for in the body of a range")
			}
		}
		done = append(done, bytes.Clone(msg))
	}
	return done, nil
}

// taker takes and checks the messages of a soak at full speed, as one reader
// life. Each of its ways takes one message or several, and reports whether the
// last of all was among them.
type taker struct {
	*reader
	box  *ledger.Inbox
	into [][]byte
}

// take takes until the last message.
func (v *reader) take(a ops.Soak) (any, error) {
	l, err := ledger.Open(a.Ledger)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	t := &taker{reader: v, box: l.Inbox(a.Life), into: make([][]byte, a.Most)}
	way, ok := map[string]func() (bool, error){
		"pop": t.pop, "peek": t.peek, "peek-batch": t.peekBatch, "range": t.rangeOver,
	}[a.Way]
	if !ok {
		return nil, fmt.Errorf("there is no way %q to take", a.Way)
	}
	if a.Way == "pop" {
		t.box.Taking()
	}
	for last := false; !last; {
		if last, err = way(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// pop books behind Pop.
func (t *taker) pop() (last bool, err error) {
	msg, err := t.r.Pop(context.Background(), t.buf)
	if err != nil {
		return false, err
	}
	id, err := t.box.Check(msg)
	if err != nil {
		return false, err
	}
	t.box.Taken(id)
	return id.IsLast(), nil
}

// peek looks at several, one call each, and books them before it releases them.
func (t *taker) peek() (last bool, err error) {
	n := 1
	if t.into[0], err = t.r.Peek(context.Background()); err != nil {
		return false, err
	}
	for n < len(t.into) {
		t.into[n], err = t.r.TryPeek()
		if errors.Is(err, ring.ErrEmpty) {
			break
		} else if err != nil {
			return false, err
		}
		n++
	}
	return t.release(t.into[:n])
}

// peekBatch is peek with one call.
func (t *taker) peekBatch() (last bool, err error) {
	n, err := t.r.PeekBatch(context.Background(), t.into)
	if err != nil {
		return false, err
	}
	return t.release(t.into[:n])
}

// release books what is held, message by message, and gives it up.
func (t *taker) release(msgs [][]byte) (last bool, err error) {
	var first, id ledger.ID
	for n, msg := range msgs {
		if id, err = t.box.Check(msg); err != nil {
			return false, err
		}
		if n == 0 {
			first = id
			t.box.Hold(first)
		}
		t.box.Taken(id)
	}
	t.box.LettingGo(first)
	if err := t.r.Release(); err != nil {
		return false, err
	}
	t.box.Released()
	return id.IsLast(), nil
}

// rangeOver books within the body of the range, which releases afterwards.
func (t *taker) rangeOver() (last bool, err error) {
	for msg, err := range t.r.Messages(context.Background()) {
		if err != nil {
			return false, err
		}
		id, err := t.box.Check(msg)
		if err != nil {
			return false, err
		}
		t.box.Hold(id)
		t.box.Taken(id)
		t.box.LettingGo(id)
		if id.IsLast() {
			last = true
			break
		}
	}
	t.box.Released()
	return last, nil
}
