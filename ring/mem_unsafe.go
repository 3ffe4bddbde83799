package ring

import (
	"sync/atomic"
	"unsafe"
)

// The views below turn bytes of the mapping into words. Offsets come from
// layout.go and are aligned; slicing checks that they lie within the mapping.

func word64(mem []byte, off int) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&mem[off : off+8][0]))
}

func word32(mem []byte, off int) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&mem[off : off+4][0]))
}

// plain64 and plain32 are for words that one later atomic store publishes, or
// that nobody synchronises on. One store writes the word as a whole.

func plain64(mem []byte, off uint64) *uint64 {
	return (*uint64)(unsafe.Pointer(&mem[off : off+8][0]))
}

func plain32(mem []byte, off uint64) *uint32 {
	return (*uint32)(unsafe.Pointer(&mem[off : off+4][0]))
}

// contains reports whether an address lies within mem.
func contains(mem []byte, addr uintptr) bool {
	return addr-uintptr(unsafe.Pointer(unsafe.SliceData(mem))) < uintptr(len(mem))
}
