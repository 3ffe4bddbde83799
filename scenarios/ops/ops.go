// Package ops declares what the child, cmd/child, can be asked to do: the
// arguments of each call, and what it reports. The scenarios, exploring and
// soaking send these, and the child's one interpreter takes them.
//
//	victim.Go("push", ops.Push{Msg: []byte("hello"), Timeout: time.Second})
//
// The name of a call is that of the ring's method, in lower case and with
// hyphens. A duration of 0 is none.
package ops

import "time"

// Join are the arguments of "create", "attach" and "open", which begin an end.
type Join struct {
	Path     string
	Capacity int           `json:",omitempty"` // bytes, of create
	Poll     time.Duration `json:",omitempty"` // 0 leaves it to the environment
	Off      bool          `json:",omitempty"` // polling off
	Stall    time.Duration `json:",omitempty"` // stall time-out
	Populate bool          `json:",omitempty"`
	Replace  bool          `json:",omitempty"`
}

// Push are those of "push", "try-push" and "reserve".
type Push struct {
	Msg     []byte
	Timeout time.Duration `json:",omitempty"` // of the context: its deadline,
	Cancel  time.Duration `json:",omitempty"` // or its cancellation
}

// Batch are those of "push-batch" and "try-push-batch".
type Batch struct {
	Msgs    [][]byte
	Timeout time.Duration `json:",omitempty"`
	Cancel  time.Duration `json:",omitempty"`
}

// Commit are those of "commit".
type Commit struct {
	N int // bytes
}

// Pop are those of "pop" and "peek".
type Pop struct {
	Timeout time.Duration `json:",omitempty"`
	Cancel  time.Duration `json:",omitempty"`
}

// PeekBatch are those of "peek-batch".
type PeekBatch struct {
	Max     int           // messages
	Timeout time.Duration `json:",omitempty"`
	Cancel  time.Duration `json:",omitempty"`
}

// Release are those of "release".
type Release struct {
	Look bool // a crash site then reports what is released as it is before that
}

// Range are those of "range", which ranges over messages.
type Range struct {
	Last    []byte        `json:",omitempty"` // the message at which it ends:
	Then    string        `json:",omitempty"` // "break", "panic", "recover" from a panic, "kill" itself
	Timeout time.Duration `json:",omitempty"`
	Cancel  time.Duration `json:",omitempty"`
}

// SetPoll are those of "set-poll".
type SetPoll struct {
	Poll time.Duration
}

// Soak are those of the two calls of a soak, "send" and "take", which go on until
// the ledger's end is asked for and come to it.
type Soak struct {
	Ledger string
	Life   int    // of this end, counted from 1
	Way    string // how it sends or takes
	Most   int    // messages at once
}

// Holding is what a reader has in its hands at a crash site.
type Holding struct {
	Copied []byte   // by a pop: the whole buffer, which was wiped before
	Peeked [][]byte // returned by a peek, not released
}

// Script is what an explored child does: steps to get ready, then the steps of
// the operation that is explored.
type Script struct {
	Path       string
	Before, Do []Step
}

// Step is one of its calls.
type Step struct {
	Op       string
	Capacity int      `json:",omitempty"` // bytes, of create
	Count    int      `json:",omitempty"` // of messages to peek; 0 is all there are
	Msgs     [][]byte `json:",omitempty"`
}

// Answer is what came of one step of the operation.
type Answer struct {
	Op   string
	Err  string   `json:",omitempty"`
	Msgs [][]byte `json:",omitempty"`
}
