package explored

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"killpoint/ring"
)

// awaken wakes all who sleep on a word of a ring's header, and tells how many
// there were: none, if whoever should have woken them has done so. A sleeper
// that was woken is off the kernel's list at once, whether it has run or not.
func awaken(path string, offset int64) (sleepers int, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	mem, err := unix.Mmap(int(f.Fd()), 0, ring.HeaderSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return 0, err
	}
	defer unix.Munmap(mem)
	const wake, everybody = 1, 1 << 30
	n, _, errno := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&mem[offset])), wake, everybody, 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
