package harness_test

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// deny has the system calls fail with errno, in this process and in all that it
// starts: what a container's seccomp profile does. Of tgkill it denies what sends
// SIGKILL: Go's runtime needs the rest.
func deny(errno unix.Errno, calls ...int) {
	const (
		loadWord   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		jumpIfSame = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		giveBack   = unix.BPF_RET | unix.BPF_K
		retAllow   = 0x7fff0000
		retErrno   = 0x00050000
		third      = 16 + 2*8 // offset of the third argument in seccomp_data
	)
	refuse := unix.SockFilter{Code: giveBack, K: retErrno | uint32(errno)}
	filter := []unix.SockFilter{{Code: loadWord}}
	for _, call := range calls {
		if call == unix.SYS_TGKILL {
			continue
		}
		filter = append(filter, unix.SockFilter{Code: jumpIfSame, Jf: 1, K: uint32(call)}, refuse)
	}
	for _, call := range calls {
		if call == unix.SYS_TGKILL { // last: the call's number is no longer loaded behind it
			filter = append(filter, unix.SockFilter{Code: jumpIfSame, Jf: 3, K: uint32(call)},
				unix.SockFilter{Code: loadWord, K: third},
				unix.SockFilter{Code: jumpIfSame, Jf: 1, K: uint32(unix.SIGKILL)}, refuse)
		}
	}
	filter = append(filter, unix.SockFilter{Code: giveBack, K: retAllow})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	must(unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
	if _, _, err := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program))); err != 0 {
		must(err)
	}
}
