//go:build linux && amd64

package main

import (
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"killpoint/harness/explore/victim"
)

const (
	futexWait = 0 // FUTEX_WAIT, between processes
	futexWake = 1 // FUTEX_WAKE
)

func word(mem []byte, offset int) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&mem[offset : offset+4][0]))
}

// wait sleeps without timeout while the word is zero.
func wait(w *atomic.Uint32) {
	for w.Load() == 0 {
		unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(w)), futexWait, 0, 0, 0, 0)
	}
}

func wake(w *atomic.Uint32) {
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(w)), futexWake, 1, 0, 0, 0)
}

// waitForOwn sleeps until another thread of its own process stores and wakes.
func waitForOwn(path string) {
	w := word(mapped(path), 128)
	victim.Operation(func() {
		w.Store(0)
		time.AfterFunc(time.Millisecond, func() {
			w.Store(5)
			wake(w)
		})
		wait(w)
		w.Add(1)
	})
}
