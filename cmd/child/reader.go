package main

import (
	"killpoint/harness/agent"
	"killpoint/ring"
)

// reader is the role that holds a ring.Reader.
type reader struct {
	session *agent.Session
	r       *ring.Reader
	buf     []byte // what a pop copies into
}

func newReader(s *agent.Session) agent.Role { return &reader{session: s} }

func (v *reader) Ops() map[string]agent.Op {
	return map[string]agent.Op{
		"open":     agent.Func(v.open),
		"pop":      agent.Func(v.pop),
		"try-pop":  agent.Func(v.tryPop),
		"set-poll": agent.Func(v.setPoll),
		"close":    agent.Func(func(struct{}) (any, error) { return nil, v.Close() }),
	}
}

// Close closes the end as a real program's deferred call would.
func (v *reader) Close() error {
	if v.r == nil {
		return nil
	}
	return v.r.Close()
}

func (v *reader) open(a joinArgs) (any, error) {
	v.Close()
	r, err := ring.Open(a.Path, a.ring()...)
	if err == nil {
		v.r = r
		v.buf = make([]byte, 0, r.Capacity())
	}
	return nil, err
}

// hold wipes the buffer and has a crash site report what has been copied into
// it by then.
func (v *reader) hold() {
	clear(v.buf[:cap(v.buf)])
	v.session.Holding(func() any { return v.buf[:cap(v.buf)] })
}

type popArgs struct{ patience }

func (v *reader) pop(a popArgs) (any, error) {
	ctx, cancel := a.context()
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

func (v *reader) setPoll(a pollArgs) (any, error) {
	v.r.SetPollInterval(a.Poll)
	return nil, nil
}
