package explored

import (
	"fmt"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// followers are the operations that may follow an image, each a whole process:
// it comes, does one thing, and goes.
func (a Alphabet) followers(n Node) (ops []Operation) {
	s := ring.Decode(n.image[0])
	add := func(name string, o Operation, do ...Step) {
		o.Name, o.Do, o.Capacity = name, do, int(s.Capacity)
		ops = append(ops, o)
	}
	// What a death has left beside the ring matters to who replaces it, and to
	// nobody else; what that one makes of the ring does not depend on what is in
	// it, so that the first rings serve for all.
	const first = 2
	fresh := n.image[1] != nil
	unmade := s.Problem != nil
	older := messages(s)
	if unmade || fresh || n.Round <= first {
		add("replace", Operation{Older: older, Makes: unmade, Replaces: true}, Step{Op: "replace", Capacity: a.Capacity})
	}
	if fresh {
		return ops
	}
	if unmade {
		for _, op := range []string{"create", "attach", "open"} {
			add(op, Operation{Makes: true}, Step{Op: op, Capacity: a.Capacity})
		}
		return ops
	}
	writer := func(name, op string, sends ...[]byte) {
		add(name, Operation{Older: older, Sends: sends}, Step{Op: "attach"}, Step{Op: op, Msgs: sends}, Step{Op: "close-writer"})
	}
	var all [][]byte
	for i, size := range a.Sizes {
		m := msg(string(rune('M'+i)), size)
		writer(fmt.Sprintf("attach, push %d", size), "push", m)
		all = append(all, m)
	}
	writer(fmt.Sprintf("attach, push %d as a batch", a.Sizes), "push-batch", all...)
	writer(fmt.Sprintf("attach, reserve %d, commit", len(all[0])), "reserve-commit", all[0])
	add("open, pop", Operation{Older: older, Takes: min(1, len(older))}, Step{Op: "open"}, Step{Op: "pop"}, Step{Op: "close-reader"})
	add("open, peek, release", Operation{Older: older, Takes: len(older)}, Step{Op: "open"}, Step{Op: "peek-release"}, Step{Op: "close-reader"})
	return ops
}

// messages are those that a ring holds.
func messages(s ring.Snapshot) (list [][]byte) {
	for _, rec := range s.Records {
		if !rec.Wrap {
			list = append(list, rec.Body)
		}
	}
	return list
}

// follow takes the states of a run for the steps of a walk, and checks in each
// which messages there are.
func (w *walk) follow(trace *explore.Trace) {
	complain := func(s *explore.State, format string, args ...any) {
		w.wrong = append(w.wrong, where(s)+": "+fmt.Sprintf(format, args...))
	}
	failed := error(nil)
	if trace.Ending == explore.Finished {
		failed = answered(trace)
	}
	made := ring.Decode(w.image[0]).Problem == nil
	if made && failed != nil {
		complain(trace.Last(), "%v", failed)
	}
	var last fate
	var hash explore.Hash
	for i := range trace.States {
		s := &trace.States[i]
		over := s.Kind == explore.End
		done := over && failed == nil
		if s.Hash == hash && !over {
			continue
		}
		hash = s.Hash
		now := ring.Decode(s.Image[0])
		f := last
		if made || now.Problem == nil {
			var known bool
			if f, known = w.op.fate(messages(now), last); now.Problem != nil || !known {
				complain(s, "a reader gets %s, after %d were taken and %d delivered: %v", names(messages(now)), last.taken, last.sent, now.Problem)
				return
			}
		}
		if w.op.claims(w.image, s.Image) {
			complain(s, "a header says READY of a body that is not there")
		}
		w.steps = append(w.steps, step{at: line(s), image: s.Image, normal: normal(s.Image), last: last, whole: over || s.Kind == explore.Asleep, done: done})
		last = f
	}
	if trace.Ending == explore.Sleeping && w.op.wakeable(trace.Last().Image, last) {
		complain(trace.Last(), "it sleeps, and has no reason to")
	}
}

// wakeable tells whether an operation that sleeps could go on: a reader has a
// message, a writer has room for the next one of its own.
func (o Operation) wakeable(m explore.Image, f fate) bool {
	s := ring.Decode(m[0])
	if len(o.Sends) == 0 {
		return len(messages(s)) > 0
	}
	if f.sent >= len(o.Sends) {
		return false
	}
	size := uint64(ring.RecordSize(len(o.Sends[f.sent])))
	tail := s.Capacity - s.Write%s.Capacity
	need := size
	if size > tail {
		if need += tail; need > s.Capacity {
			need = tail // it skips the rest of the lap first
		}
	}
	return s.Capacity-(s.Write-s.Read) >= need
}

// line says which store or call of the ring a state is.
func line(s *explore.State) string {
	text := "the child"
	if f, ok := s.In("killpoint/ring"); ok {
		text = f.String()
	}
	if s.Syscall != nil {
		text += ", " + s.Syscall.String()
	}
	return text
}
