package explore

import "errors"

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
