package main

import (
	"context"
	"errors"
	"fmt"

	"killpoint/harness/soak/ledger"
	"killpoint/ring"
)

// taker takes and checks the messages of a soak at full speed, as one reader
// life. Each of its ways takes one message or several, and tells whether the
// last of all was among them.
type taker struct {
	*reader
	box  *ledger.Inbox
	into [][]byte
}

// take takes until the last message.
func (v *reader) take(a soakArgs) (any, error) {
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
