package main

import (
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	futexWait = 0 // FUTEX_WAIT, between processes
	futexWake = 1 // FUTEX_WAKE
)

// word is a futex word in shared memory.
type word struct{ p *uint32 }

func wordAt(mem []byte, offset int64) word {
	return word{(*uint32)(unsafe.Pointer(&mem[offset : offset+4][0]))}
}

func (w word) isZero() bool { return atomic.LoadUint32(w.p) == 0 }

// wait sleeps while the word is zero, for at most the timeout.
func (w word) wait(timeout time.Duration) error {
	var limit *unix.Timespec
	if timeout != 0 {
		ts := unix.NsecToTimespec(int64(timeout))
		limit = &ts
	}
	_, _, err := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(w.p)), futexWait, 0, uintptr(unsafe.Pointer(limit)), 0, 0)
	switch err {
	case 0, unix.EAGAIN, unix.EINTR, unix.ETIMEDOUT:
		return nil
	}
	return err
}

// set makes the word 1 and wakes all who sleep on it.
func (w word) set() error {
	atomic.StoreUint32(w.p, 1)
	if _, _, err := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(w.p)), futexWake, 1<<30, 0, 0, 0); err != 0 {
		return err
	}
	return nil
}
