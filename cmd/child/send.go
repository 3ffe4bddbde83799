package main

import (
	"context"
	"fmt"

	"killpoint/harness/soak/ledger"
)

// soakArgs are those of the two operations of a soak, "send" and "take", which
// go on until the ledger's end is asked for and come to it.
type soakArgs struct {
	Ledger string
	Life   int    // of this end, counted from 1
	Way    string // how it sends or takes
	Most   int    // messages at once
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
func (v *writer) send(a soakArgs) (any, error) {
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
