package main

import (
	"killpoint/harness/agent"
	"killpoint/ring"
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

// attachAgain tries to become the writer a second time.
func (v *writer) attachAgain(a joinArgs) (any, error) {
	w, err := ring.Attach(a.Path, a.ring()...)
	if err != nil {
		return nil, err
	}
	return nil, w.Close()
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

type batchArgs struct {
	Msgs [][]byte
	patience
}

func (v *writer) pushBatch(a batchArgs) (any, error) {
	ctx, cancel := a.context()
	defer cancel()
	return counted(v.w.PushBatch(ctx, a.Msgs))
}

func (v *writer) tryPushBatch(a batchArgs) (any, error) { return counted(v.w.TryPushBatch(a.Msgs)) }

func counted(n int, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return n, nil
}

// reserve writes the message into its reservation, as a user would.
func (v *writer) reserve(a pushArgs) (any, error) {
	ctx, cancel := a.context()
	defer cancel()
	body, err := v.w.Reserve(ctx, len(a.Msg))
	copy(body, a.Msg)
	return nil, err
}

func (v *writer) commit(a struct{ N int }) (any, error) { return nil, v.w.Commit(a.N) }

func (v *writer) abort(struct{}) (any, error) {
	v.w.Abort()
	return nil, nil
}
