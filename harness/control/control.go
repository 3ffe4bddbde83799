// Package control is the language that a harness and the processes it starts
// speak over two inherited pipes: [Command] values go to the child, [Event]
// values come back, each a line of JSON. The first line in each direction
// carries a magic value and a version, so that a child that was started by
// something else, or built from other sources, is found out at once.
//
//	{"start":{"magic":"killpoint","version":3,"name":"victim","role":"writer","arms":[…]}}
//	{"call":{"id":1,"op":"push","args":{"Msg":"TQ=="}}}
//
// The package is a leaf: both ends import it and it imports neither.
package control

import (
	"encoding/json"
	"fmt"

	"golang.org/x/sys/unix"
)

const (
	// Magic begins the conversation in both directions.
	Magic = "killpoint"
	// Version changes with the meaning of any message.
	Version = 3
	// CommandFD and EventFD are the child's ends of the pipes.
	CommandFD = 3
	EventFD   = 4
)

// An Action is what a child does at an armed site.
type Action string

// The actions. Each first reports the hit.
const (
	Park     Action = "park"     // wait there until released
	SelfKill Action = "selfkill" // SIGKILL itself
	Panic    Action = "panic"    // panic there, unwinding the operation
	Stop     Action = "stop"     // SIGSTOP itself; SIGCONT lets it go on
)

// An Arm says what to do when a site is passed for the Hit-th time, counted
// from 1 and from the moment of arming.
type Arm struct {
	Site   string `json:"site"`
	Hit    int    `json:"hit"`
	Action Action `json:"action"`
	// Hold has the child wait there until released, for a person to look at
	// it, and only then do what the action says.
	Hold bool `json:"hold,omitempty"`
	// Later says that the site may be passed after the calls have returned, by
	// a goroutine that they leave behind or when the role is closed. That it was
	// never reached is then only known once the child has ended.
	Later bool `json:"later,omitempty"`
}

// PanicText is what a child panics with at a site: the runtime prints it.
func PanicText(site string) string { return "killpoint: panic asked for at " + site }

// Parks reports whether the child waits at the site.
func (a Arm) Parks() bool { return a.Hold || a.Action == Park }

// Check returns an error that names what is wrong with the arm, if anything.
func (a Arm) Check() error {
	if a.Hit < 1 {
		return fmt.Errorf("arm %s: hit is %d, the first one is 1", a.Site, a.Hit)
	}
	switch a.Action {
	case Park, SelfKill, Panic, Stop:
		return nil
	}
	return fmt.Errorf("arm %s: action %q is unknown; there are %s, %s, %s, %s", a.Site, a.Action, Park, SelfKill, Panic, Stop)
}

// A Command goes to the child. Exactly one field is set.
type Command struct {
	Start   *Start `json:"start,omitempty"`
	Call    *Call  `json:"call,omitempty"`
	Arm     *Arm   `json:"arm,omitempty"`
	Release bool   `json:"release,omitempty"`
	// Stacks asks what all goroutines are doing; answered at once, whatever the
	// operation does.
	Stacks bool `json:"stacks,omitempty"`
}

// Start is the first command.
type Start struct {
	Magic   string `json:"magic"`
	Version int    `json:"version"`
	Name    string `json:"name"` // of the child, in timelines
	Role    string `json:"role"`
	Arms    []Arm  `json:"arms,omitempty"`
}

// Call asks the role for an operation. Calls run one after the other.
type Call struct {
	ID   int             `json:"id"`
	Op   string          `json:"op"`
	Args json.RawMessage `json:"args,omitempty"`
}

// An Event comes from the child. Exactly one of the pointers is set.
type Event struct {
	Time  int64  `json:"t"` // CLOCK_MONOTONIC, nanoseconds
	Hello *Hello `json:"hello,omitempty"`
	Hit   *Hit   `json:"hit,omitempty"`
	Begin *Begin `json:"begin,omitempty"`
	Reply *Reply `json:"reply,omitempty"`
	Fatal string `json:"fatal,omitempty"`
	// Signal names a signal that has interrupted the operation.
	Signal string `json:"signal,omitempty"`
	// Closing says that the end of the role has failed, and how.
	Closing *Reply `json:"closing,omitempty"`
	// Dies says that the child sends SIGKILL to itself next.
	Dies bool `json:"dies,omitempty"`
	// Stacks answers Command.Stacks.
	Stacks string `json:"stacks,omitempty"`
}

// Hello is the first event.
type Hello struct {
	Magic        string   `json:"magic"`
	Version      int      `json:"version"`
	Program      string   `json:"program"`
	PID          int      `json:"pid"`
	Instrumented bool     `json:"instrumented"`
	Sites        []string `json:"sites"`
}

// Hit reports that an armed site was reached, before anything is done there.
type Hit struct {
	Arm
	Tid int `json:"tid"`
	// Stack is that of the operation.
	Stack string `json:"stack,omitempty"`
	// Holding is what the operation has in its hands, if the role says so.
	Holding json.RawMessage `json:"holding,omitempty"`
}

// Begin reports that a call has begun.
type Begin struct {
	ID int    `json:"id"`
	Op string `json:"op"`
}

// Reply ends a call.
type Reply struct {
	ID     int             `json:"id"`
	Op     string          `json:"op"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
	// Is names the program's sentinel errors that the error matches.
	Is []string `json:"is,omitempty"`
	// Errno is the name of the system error that the error wraps, such as
	// "ENOSPC"; empty if it wraps none.
	Errno string `json:"errno,omitempty"`
	// CPU is the process's CPU time spent since the call began, nanoseconds.
	CPU int64 `json:"cpu"`
}

// Now is the clock of all timelines: one for every process of the machine.
func Now() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err) // the clock exists on every Linux
	}
	return ts.Nano()
}
