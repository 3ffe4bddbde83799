package explore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// An Engine finds the stores of an operation.
type Engine string

// The engines. They see the same states; one is faster, the other simpler.
const (
	// Mprotect makes shared mappings read-only: every store to one stops the
	// victim, which then does that one instruction.
	Mprotect Engine = "mprotect"
	// SingleStep stops after every instruction and looks whether the image has
	// changed.
	SingleStep Engine = "single-step"
	// Accesses makes shared mappings inaccessible: the victim stops before every
	// load and every store too. It is for letting a peer act at any moment that
	// could make a difference; what a death leaves, the others tell in less.
	Accesses Engine = "accesses"
)

// An Action is what becomes of a victim that has been looked at.
type Action int

// The actions.
const (
	// Continue: on to the next state. At an Asleep, the callback has seen to it
	// that somebody wakes the victim.
	Continue Action = iota
	// Kill: SIGKILL, here.
	Kill
	// Detach: the victim runs on to its end, unobserved.
	Detach
)

// Config says what to explore.
type Config struct {
	// Command is the victim: the path of a program that links package victim,
	// and its arguments; required.
	Command []string
	Env     []string // added to the environment, "KEY=value"
	Dir     string   // working directory; empty means the tracer's
	Stdin   *os.File // nil is the null device
	// Files are the paths that are watched, absolute; at least one. They need
	// not exist, and may be made, replaced or removed meanwhile.
	Files []string
	// Canonical takes out of an image what makes no difference; nil changes
	// nothing. It must not change the image that it is given.
	Canonical func(Image) Image
	Engine    Engine // empty is Mprotect
	// MaxSteps bounds how often the operation's thread may stop; 0 is a million.
	MaxSteps int
	// Watchdog bounds the whole run; 0 is half a minute.
	Watchdog time.Duration
	// OnStop is called at every state, on the thread that traces. The victim is
	// stopped (but for Asleep) and its mappings are those of a running process:
	// the callback may read and change the files, and run a peer.
	OnStop func(*State) Action
}

const (
	defaultSteps    = 1_000_000
	defaultWatchdog = 30 * time.Second
)

// Run starts a victim, takes it through its operation state by state, lets it
// run to its end, and waits for that. No process is left behind, whatever is
// returned. The trace is as far as it came, also beside an error. Runs may go
// on side by side.
//
// Errors: ErrUnsupported, ErrNoMark, ErrEnded, ErrKilled, ErrSteps, ErrWatchdog,
// ErrCannot, what starting a process gives, and the context's.
func Run(ctx context.Context, cfg Config) (*Trace, error) {
	if len(cfg.Command) == 0 || len(cfg.Files) == 0 {
		return nil, fmt.Errorf("explore: a command and at least one file are needed")
	}
	if cfg.Canonical == nil {
		cfg.Canonical = func(m Image) Image { return m }
	}
	if cfg.Engine == "" {
		cfg.Engine = Mprotect
	}
	if cfg.MaxSteps == 0 {
		cfg.MaxSteps = defaultSteps
	}
	if cfg.Watchdog == 0 {
		cfg.Watchdog = defaultWatchdog
	}
	trace := new(Trace)
	began := time.Now()
	err := run(ctx, cfg, trace)
	trace.Stats.Total = time.Since(began)
	trace.count()
	if err != nil {
		return trace, fmt.Errorf("explore %s: %w", cfg.Command[0], err)
	}
	return trace, nil
}

// KillAt runs a fresh victim to the state of that ordinal and kills it there,
// for real. The last state of the trace is the one at which it died, and After
// is what it left behind. Errors: those of Run, and ErrNoState.
func KillAt(ctx context.Context, cfg Config, ordinal int) (*Trace, error) {
	inner := cfg.OnStop
	cfg.OnStop = func(s *State) Action {
		if s.Ordinal == ordinal {
			return Kill
		}
		if inner != nil {
			return inner(s)
		}
		return Continue
	}
	trace, err := Run(ctx, cfg)
	if err == nil && (trace.Ending != Killed || trace.Last().Ordinal != ordinal) {
		err = fmt.Errorf("explore %s: %w: %d, the last one is %d", cfg.Command[0], ErrNoState, ordinal, trace.Last().Ordinal)
	}
	return trace, err
}

// Errors of the package, for errors.Is.
var (
	// ErrUnsupported: this platform has no engine. There is one for linux/amd64,
	// the only one for which the set of images is known to be complete.
	ErrUnsupported = errors.New("exploring needs linux on amd64")
	// ErrNoMark: the victim ended without having begun an operation.
	ErrNoMark = errors.New("victim never came to its operation")
	// ErrEnded: the victim ended within its operation or badly after it.
	ErrEnded = errors.New("victim ended")
	// ErrKilled: a SIGKILL that the run did not send has ended the victim: the
	// kernel's for want of memory, or somebody's. That decides nothing about it.
	ErrKilled = errors.New("victim was killed, and not by this run")
	// ErrSteps: the operation took more steps than it was allowed.
	ErrSteps = errors.New("operation exceeds its budget of steps")
	// ErrWatchdog: the run took longer than it was allowed, and was ended. That
	// decides nothing about the victim.
	ErrWatchdog = errors.New("watchdog ended the run")
	// ErrNoState: the operation ended before it reached the state asked for.
	ErrNoState = errors.New("operation has no such state")
	// ErrCannot: the operation does what the engine cannot follow exactly.
	ErrCannot = errors.New("operation cannot be explored")
)
