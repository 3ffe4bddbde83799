package soak

import "killpoint/harness"

// A Role is one of the two ends.
type Role string

// The roles.
const (
	Writer Role = "writer"
	Reader Role = "reader"
)

// Roles are both.
var Roles = []Role{Writer, Reader}

// A Way is one of those in which an end may send or take.
type Way struct {
	Name string `json:"name"`
	Most int    `json:"most"` // messages at once, at least 1
}

// A Life is what one process is like.
type Life struct {
	Way   Way  `json:"way"`
	Polls bool `json:"polls"`
}

// A Beginning is a life that is to begin.
type Beginning struct {
	Life
	Role         Role
	Number       int    // of its role, from 1
	Path, Ledger string // what is shared, and the books
	Size         int    // of what is shared; number 1 of the writers makes it
}

// A Call is what a child is asked to do.
type Call struct {
	Op   string
	Args any
}

// A Subject is what is soaked.
type Subject struct {
	Program *harness.Program
	Env     []string
	// Send and Take are the ways of the writer and of the reader.
	Send, Take []Way
	// NoPolling has no end poll; else every second one does.
	NoPolling bool
	// Sizes are those that what is shared may have, and Longest is the longest
	// message that goes through one, in bytes, at least ledger.Shortest.
	Sizes   []int
	Longest func(size int) int
	// Begin returns the calls of a life. The last one goes on until the ledger
	// says that the end is wanted; that of the first writer begins when the
	// calls before it have made what is shared.
	Begin func(Beginning) []Call
	// Unread returns the messages that are there, oldest first, and an error if
	// what the file holds is not sound. It is asked while one of the two ends, or
	// both, are dead.
	Unread func(path string) ([][]byte, error)
}
