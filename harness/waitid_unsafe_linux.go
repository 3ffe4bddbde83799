package harness

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// What has become of a child, siginfo_t.si_code of waitid(2).
const (
	cldExited    = 1
	cldKilled    = 2
	cldDumped    = 3
	cldStopped   = 5
	cldContinued = 6
)

// waitid waits for a child, as waitid(2). What is it that has happened, 0 if
// nothing (with WNOHANG); status the exit code or the signal.
func waitid(pid, options int) (what, status int, err error) {
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &info, options, nil)
		if err == unix.EINTR {
			continue
		}
		// si_pid, si_uid and si_status follow the padding behind si_code.
		si := (*struct {
			signo, errno, code, _ int32
			pid                   int32
			uid                   uint32
			status                int32
		})(unsafe.Pointer(&info))
		if err != nil || si.pid == 0 {
			return 0, 0, err
		}
		return int(si.code), int(si.status), nil
	}
}
