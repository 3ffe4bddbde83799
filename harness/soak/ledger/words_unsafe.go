package ledger

import (
	"sync/atomic"
	"unsafe"
)

// wordsOf views a mapping, which begins at a page, as words.
func wordsOf(mem []byte) []atomic.Uint64 {
	return unsafe.Slice((*atomic.Uint64)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem)/8)
}
