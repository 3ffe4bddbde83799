// Package agent is the child's half of the harness. A program that wants to be
// crash-tested hands [Main] its roles and its markers; the harness starts it,
// arms markers, and calls the roles' operations:
//
//	func main() {
//		agent.Main(agent.Program{
//			Name:    "counter",
//			Markers: markers,
//			Roles:   map[string]agent.NewRole{"saver": newSaver},
//		})
//	}
//
// The operations run on the main goroutine, which is locked to the process's
// first thread, so that an observer outside finds them under the process id.
// A process without its harness ends: when the command pipe closes, whatever
// it is doing.
package agent

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"

	"killpoint/harness/control"
)

func init() { runtime.LockOSThread() }

// A Program is what the harness may do with this process.
type Program struct {
	Name    string
	Markers Markers
	Roles   map[string]NewRole
	// Errors names the sentinel errors that replies tell apart.
	Errors map[string]error
}

// Markers are the named points at which a process can be made to die.
type Markers interface {
	// Instrumented reports whether hooks can run at all in this build.
	Instrumented() bool
	// Sites lists the names that Set takes.
	Sites() []string
	// Set has hook run, on the goroutine that passes the site and with no lock
	// held, whenever the site is passed.
	Set(site string, hook func()) error
}

// NewRole makes the state of one role.
type NewRole func(s *Session) Role

// A Role is one thing that a program can be asked to be.
type Role interface {
	// Ops are the operations by name.
	Ops() map[string]Op
	// Close ends the role. It is deferred: it runs when the harness is done
	// and also when an operation panics.
	Close() error
}

// An Op performs a call and returns its result, which must marshal to JSON.
type Op func(args json.RawMessage) (any, error)

// Ops are the operations of a role that keeps nothing between them and has
// nothing to close.
type Ops map[string]Op

// Role makes the role of the operations: it is their NewRole.
func (o Ops) Role(*Session) Role { return stateless(o) }

type stateless Ops

func (o stateless) Ops() map[string]Op { return o }
func (o stateless) Close() error       { return nil }

// Func makes an Op of a function that takes its arguments as a struct.
func Func[A any](f func(A) (any, error)) Op {
	return func(raw json.RawMessage) (any, error) {
		var args A
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &args); err != nil {
				return nil, fmt.Errorf("arguments %s: %w", raw, err)
			}
		}
		return f(args)
	}
}

// Exit codes of a child.
const (
	ExitUsage = 64 // started by hand, or with a command that makes no sense
	ExitLost  = 65 // the harness went away
)

// Main serves the harness until it is done and does not return. Started by
// hand it explains itself; "replay FILE" runs the commands of an earlier run.
func Main(p Program) {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "replay":
		os.Exit(replay(p, os.Args[2]))
	case len(os.Args) > 1:
		fmt.Fprint(os.Stderr, usage(p))
		os.Exit(ExitUsage)
	}
	commands, err := inherited()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n\n%s", p.Name, err, usage(p))
		os.Exit(ExitUsage)
	}
	s := newSession(p, pipeEvents{})
	go s.listen(commands, func() { os.Exit(ExitLost) })
	os.Exit(s.serve())
}

// usage explains a program of which somebody wondered what it is.
func usage(p Program) string {
	roles := make([]string, 0, len(p.Roles))
	for name := range p.Roles {
		roles = append(roles, name)
	}
	slices.Sort(roles)
	live := "not instrumented: no site can be armed; build it with the failpoint tag and the harness's overlay"
	if p.Markers != nil && p.Markers.Instrumented() {
		live = fmt.Sprintf("instrumented, %d sites", len(p.Markers.Sites()))
	}
	return fmt.Sprintf(`%[1]s is a victim for the killpoint harness (control protocol %[2]d), which starts
it with a command pipe on descriptor %[3]d and an event pipe on descriptor %[4]d.

  %[1]s replay FILE    runs the commands that a harness recorded, prints what
                       happens, and waits at each armed site: attach a debugger
                       there, or press Enter to go on

roles: %[5]v
build: %[6]s
`, p.Name, control.Version, control.CommandFD, control.EventFD, roles, live)
}
