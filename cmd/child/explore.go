package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"killpoint/harness/explore/victim"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// ends are those that an explored child holds.
type ends struct {
	path string
	w    *ring.Writer
	r    *ring.Reader
	buf  []byte
}

// explored runs a script. In an instrumented build every site that is passed
// tells its name to the tracer.
func explored(text string) error {
	var s ops.Script
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return fmt.Errorf("script: %w", err)
	}
	e := &ends{path: s.Path, buf: make([]byte, 0, 1<<16)}
	for _, st := range s.Before {
		if _, err := e.do(st); err != nil {
			return fmt.Errorf("%s, to get ready: %w", st.Op, err)
		}
	}
	if m := markers(); m != nil {
		for _, site := range m.Sites() {
			if err := m.Set(site, func() { victim.Mark(site) }); err != nil {
				return err
			}
		}
	}
	answers := make([]ops.Answer, len(s.Do))
	errs := make([]error, len(s.Do))
	victim.Operation(func() {
		for i, st := range s.Do {
			answers[i].Msgs, errs[i] = e.do(st)
		}
	})
	for i, st := range s.Do {
		answers[i].Op = st.Op
		if errs[i] != nil {
			answers[i].Err = errs[i].Error()
		}
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

// do performs one step. Waits are for the event alone, so that they do not end
// by the clock.
func (e *ends) do(s ops.Step) (got [][]byte, err error) {
	ctx := context.Background()
	switch s.Op {
	case "create":
		e.w, err = ring.Create(e.path, s.Capacity, ring.WithoutPolling())
	case "replace":
		e.w, err = ring.Create(e.path, s.Capacity, ring.WithoutPolling(), ring.WithReplace())
	case "attach":
		e.w, err = ring.Attach(e.path, ring.WithoutPolling())
	case "open":
		e.r, err = ring.Open(e.path, ring.WithoutPolling())
	case "push":
		for _, m := range s.Msgs {
			if err = e.w.Push(ctx, m); err != nil {
				break
			}
		}
	case "try-push":
		err = e.w.TryPush(s.Msgs[0])
	case "push-batch":
		_, err = e.w.PushBatch(ctx, s.Msgs)
	case "reserve-commit":
		var body []byte
		if body, err = e.w.Reserve(ctx, len(s.Msgs[0])); err == nil {
			err = e.w.Commit(copy(body, s.Msgs[0]))
		}
	case "pop":
		var msg []byte
		if msg, err = e.r.Pop(ctx, e.buf); err == nil {
			got = append(got, msg)
		}
	case "peek-release":
		for err == nil && (s.Count == 0 || len(got) < s.Count) {
			var msg []byte
			if msg, err = e.r.TryPeek(); err == nil {
				got = append(got, append([]byte{}, msg...))
			}
		}
		if err == nil || err == ring.ErrEmpty {
			err = e.r.Release()
		}
	case "close-writer":
		err = e.w.Close()
	case "close-reader":
		err = e.r.Close()
	default:
		err = fmt.Errorf("there is no step %q", s.Op)
	}
	return got, err
}
