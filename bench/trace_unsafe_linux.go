package bench

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// syscallInfo is the beginning of the kernel's struct ptrace_syscall_info.
type syscallInfo struct {
	op     uint8 // 1 on entry
	_      [3]uint8
	_      uint32 // architecture
	_      [2]uint64
	number uint64 // on entry
	_      [6]uint64
}

// syscallAt tells which system call a stopped thread is about to make, if it
// stands at the entry of one.
func syscallAt(tid int) (number uint64, entry bool, err error) {
	const opEntry = 1
	var info syscallInfo
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO,
		uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return 0, false, errno
	}
	return info.number, info.op == opEntry, nil
}

// seizeThread attaches to a thread without stopping it.
func seizeThread(tid, options int) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(tid), 0, uintptr(options), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
