package main

import (
	"time"

	"killpoint/harness/agent"
	"killpoint/ring"
)

// writer is the role that holds a ring.Writer.
type writer struct{ w *ring.Writer }

func newWriter(*agent.Session) agent.Role { return new(writer) }

func (v *writer) Ops() map[string]agent.Op {
	return map[string]agent.Op{
		"create":   agent.Func(v.create),
		"attach":   agent.Func(v.attach),
		"push":     agent.Func(v.push),
		"try-push": agent.Func(v.tryPush),
		"set-poll": agent.Func(v.setPoll),
		"close":    agent.Func(func(struct{}) (any, error) { return nil, v.Close() }),
	}
}

// Close closes the end as a real program's deferred call would.
func (v *writer) Close() error {
	if v.w == nil {
		return nil
	}
	return v.w.Close()
}

type createArgs struct {
	Path     string
	Capacity int
	options
}

func (v *writer) create(a createArgs) (_ any, err error) {
	v.Close()
	w, err := ring.Create(a.Path, a.Capacity, a.ring()...)
	if err == nil {
		v.w = w
	}
	return nil, err
}

type joinArgs struct {
	Path string
	options
}

func (v *writer) attach(a joinArgs) (any, error) {
	v.Close()
	w, err := ring.Attach(a.Path, a.ring()...)
	if err == nil {
		v.w = w
	}
	return nil, err
}

type pushArgs struct {
	Msg []byte
	patience
}

func (v *writer) push(a pushArgs) (any, error) {
	ctx, cancel := a.context()
	defer cancel()
	return nil, v.w.Push(ctx, a.Msg)
}

func (v *writer) tryPush(a pushArgs) (any, error) { return nil, v.w.TryPush(a.Msg) }

type pollArgs struct{ Poll time.Duration }

func (v *writer) setPoll(a pollArgs) (any, error) {
	v.w.SetPollInterval(a.Poll)
	return nil, nil
}
