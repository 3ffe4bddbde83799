package explore

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ptrace makes one request with plain numbers.
func ptrace(request, tid int, addr, data uintptr) error {
	if _, _, e := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, data, 0, 0); e != 0 {
		return e
	}
	return nil
}

// fault returns the code and the address of a SIGSEGV at which a thread is
// stopped.
func fault(tid int) (code int32, address uint64, err error) {
	var info struct {
		signal, errno, code, _ int32
		address                uint64
		_                      [104]byte
	}
	_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GETSIGINFO, uintptr(tid), 0, uintptr(unsafe.Pointer(&info)), 0, 0)
	if e != 0 {
		return 0, 0, e
	}
	return info.code, info.address, nil
}

// getRegs and setRegs are what x/sys does by register set; this is the older
// request, with one indirection less.
func getRegs(tid int, r *unix.PtraceRegs) error {
	return ptracePointer(unix.PTRACE_GETREGS, tid, unsafe.Pointer(r))
}

func setRegs(tid int, r *unix.PtraceRegs) error {
	return ptracePointer(unix.PTRACE_SETREGS, tid, unsafe.Pointer(r))
}

func ptracePointer(request, tid int, p unsafe.Pointer) error {
	if _, _, e := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), 0, uintptr(p), 0, 0); e != 0 {
		return e
	}
	return nil
}

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
