package soaked

import (
	"fmt"
	"time"

	"killpoint/harness"
	"killpoint/harness/soak"
	"killpoint/harness/soak/ledger"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// Subject is the ring, in that build of the child.
func Subject(program *harness.Program) soak.Subject {
	return soak.Subject{
		Program: program,
		Env:     []string{ring.PollEnv + "="}, // whatever the user's says
		Send:    []soak.Way{{Name: "push", Most: 1}, {Name: "batch", Most: 16}, {Name: "reserve", Most: 1}},
		Take:    []soak.Way{{Name: "pop", Most: 1}, {Name: "peek", Most: 8}, {Name: "peek-batch", Most: 16}, {Name: "range", Most: 1}},
		// Small ones wrap, and are full or empty, all the time; in the largest the
		// two ends hardly ever meet.
		Sizes:   []int{ring.MinCapacity, 136, 256, 1024, 4096, 1 << 16},
		Longest: ring.MaxMessage,
		Begin:   begin,
		Unread:  unread,
	}
}

// Ways narrows a subject to one way to send and one to take; an empty name leaves
// all. It panics at a name that there is not.
func Ways(s soak.Subject, send, take string) soak.Subject {
	s.Send, s.Take = only(s.Send, send), only(s.Take, take)
	return s
}

func only(ways []soak.Way, name string) []soak.Way {
	if name == "" {
		return ways
	}
	for _, w := range ways {
		if w.Name == name {
			return []soak.Way{w}
		}
	}
	panic(fmt.Sprintf("soaked: there is no way %q", name))
}

// poll is the interval of an end that polls.
const poll = 2 * time.Millisecond

func begin(b soak.Beginning) []soak.Call {
	join := ops.Join{Path: b.Path, Off: !b.Polls}
	if b.Polls {
		join.Poll = poll
	}
	op, work := "attach", "send"
	switch {
	case b.Role == soak.Reader:
		op, work = "open", "take"
	case b.Number == 1:
		op, join.Capacity = "create", b.Size
	}
	return []soak.Call{
		{Op: op, Args: join},
		{Op: work, Args: ops.Soak{Ledger: b.Ledger, Life: b.Number, Way: b.Way.Name, Most: b.Way.Most}},
	}
}

// unread decodes the ring. A file in use is read while it changes, but with one
// end dead, what lies between the indices read does not.
func unread(path string) ([][]byte, error) {
	s, err := ring.Inspect(path)
	if err != nil {
		return nil, err
	}
	if s.Problem != nil {
		return nil, s.Problem
	}
	var msgs [][]byte
	for _, rec := range s.Records {
		if !rec.Wrap {
			msgs = append(msgs, rec.Body)
		}
	}
	return msgs, nil
}

// The shortest message must fit into the smallest ring.
var _ [ring.MinCapacity - ledger.Shortest - 8]struct{}
