package harness

import "errors"

// Errors of the package, for errors.Is.
var (
	// ErrDeadline: what was waited for did not happen within the time given.
	// That decides nothing: a verdict that rests on it is unknown.
	ErrDeadline = errors.New("deadline of the harness passed")
	// ErrNeverReached: the child did all that it was asked to do without
	// reaching the site as often as it was armed for.
	ErrNeverReached = errors.New("site was never reached")
	// ErrExited: the child ended first.
	ErrExited = errors.New("child has exited")
	// ErrEnding: the child ended otherwise than it was armed to.
	ErrEnding = errors.New("child died of something else")
	// ErrDisturbed: somebody else than the harness has killed, stopped or
	// continued the child: a person, the kernel for want of memory. What is seen
	// then is nobody's fault: a verdict that rests on it is unknown.
	ErrDisturbed = errors.New("child was disturbed by somebody else")
	// ErrProtocol: the child is not the program that the harness expects, or does
	// not know what it is told: a site, a role.
	ErrProtocol = errors.New("child and harness do not understand each other")
	// ErrBuild: the child could not be built.
	ErrBuild = errors.New("build failed")
)
