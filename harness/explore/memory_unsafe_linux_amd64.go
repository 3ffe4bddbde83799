package explore

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// peek copies memory of a stopped process and returns how much it got. It reads
// what is mapped only: a run of bytes that goes on beyond that is cut.
func peek(pid int, address uint64, buf []byte) int {
	local := unix.Iovec{Base: unsafe.SliceData(buf), Len: uint64(len(buf))}
	remote := unix.RemoteIovec{Base: uintptr(address), Len: len(buf)}
	n, err := unix.ProcessVMReadv(pid, []unix.Iovec{local}, []unix.RemoteIovec{remote}, 0)
	if err != nil {
		return 0
	}
	return n
}
