package victim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"killpoint/harness/explore/internal/wire"
)

// symbolise names places of this program. The process itself is the one that
// can: its runtime knows which calls were inlined.
func symbolise(r io.Reader, w io.Writer) (code int) {
	var places []wire.Place
	if err := json.NewDecoder(r).Decode(&places); err != nil {
		fmt.Fprintf(os.Stderr, "victim: places: %v\n", err)
		return 1
	}
	named := make([][]wire.Frame, len(places))
	for i, p := range places {
		named[i] = frames(p)
	}
	if err := json.NewEncoder(w).Encode(named); err != nil {
		fmt.Fprintf(os.Stderr, "victim: names: %v\n", err)
		return 1
	}
	return 0
}

// frames lists the calls at a place, innermost first, up to Operation.
func frames(p wire.Place) []wire.Frame {
	base := int64(origin())
	address := func(distance int64) uintptr { return uintptr(base + distance) }
	// An address here is that of the instruction itself, while the runtime
	// expects return addresses.
	pcs := []uintptr{address(p.PC) + 1}
	fn := runtime.FuncForPC(address(p.PC))
	switch {
	case fn != nil && isForeign(fn, address(p.PC)): // its stack is not laid out as Go's is
		p.Returns = nil
	case fn != nil && !hasFrame(fn.Entry(), address(p.PC)):
		pcs = append(pcs, address(p.Top))
	}
	for _, r := range p.Returns {
		pcs = append(pcs, address(r))
	}
	pcs = append(pcs, 1) // of no function: makes the one before expand its inlined calls
	own := runtime.FuncForPC(uintptr(base)).Name()
	own = own[:bytes.LastIndexByte([]byte(own), '.')+1] + "Operation"
	var list []wire.Frame
	for it := runtime.CallersFrames(pcs); ; {
		f, more := it.Next()
		if f.Function == own {
			break
		}
		if f.Function != "" {
			list = append(list, wire.Frame{Func: f.Function, File: f.File, Line: f.Line})
		}
		if !more {
			break
		}
	}
	return slices.Clip(list)
}

// isForeign reports whether a function is no Go code, such as those in which the
// race detector does atomic stores.
func isForeign(fn *runtime.Func, pc uintptr) bool {
	file, _ := fn.FileLine(pc)
	return file == "?"
}

// hasFrame reports whether the function that begins at entry has set up its frame
// pointer by pc. One that never does returns to what is on top of the stack.
func hasFrame(entry, pc uintptr) bool {
	text, err := os.Open("/proc/self/mem")
	if err != nil {
		return true
	}
	defer text.Close()
	const prologue = 64 // bytes; the check of the stack's size comes first
	code := make([]byte, min(prologue, pc-entry))
	if _, err := text.ReadAt(code, int64(entry)); err != nil {
		return true
	}
	return bytes.Contains(code, []byte{0x55, 0x48, 0x89, 0xe5}) // PUSHQ BP; MOVQ SP, BP
}
