//go:build linux && amd64

package explore_test

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// wakeWord wakes all who sleep on a futex word of shared memory.
func wakeWord(mem []byte, offset int) {
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&mem[offset : offset+4][0])), 1, 1<<30, 0, 0, 0)
}
