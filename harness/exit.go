package harness

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// Exit is how a process ended. A signal and an exit code are never folded into
// one number: code 137 is a program that said 137, signal 9 is a kill.
type Exit struct {
	Code   int            // exit code, or -1 if a signal ended the process
	Signal syscall.Signal // the signal, or 0 if the process exited by itself
}

// Killed tells whether SIGKILL ended the process.
func (e Exit) Killed() bool { return e.Signal == unix.SIGKILL }

// String is "signal SIGKILL" or "code 2".
func (e Exit) String() string {
	if e.Signal != 0 {
		return "signal " + unix.SignalName(e.Signal)
	}
	return fmt.Sprintf("code %d", e.Code)
}
