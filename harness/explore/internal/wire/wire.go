// Package wire is what the tracer and the traced process say to each other:
// one greeting over an inherited pipe, and one list of places in the code to
// be given their names.
package wire

import (
	"encoding/binary"
	"errors"
)

// Environment variables of a victim.
const (
	// TracedEnv asks a victim to wait for its tracer.
	TracedEnv = "KILLPOINT_EXPLORE_TRACED"
	// SymbolsEnv asks it to read places from stdin, to name them on stdout, and
	// to do nothing else.
	SymbolsEnv = "KILLPOINT_EXPLORE_SYMBOLS"
	// Version is their value, so that a victim built from other sources says so.
	Version = "1"
)

// File descriptors of a victim.
const (
	GoFD    = 3 // one byte comes here once the tracer is attached
	HelloFD = 4 // the greeting goes here
	// MarkFD is no descriptor at all: a write to it tells the tracer a name.
	MarkFD = 0x6b70_6d6b
)

const magic = 0x31_76_70_6c_70_78_6b_01

// Hello is a victim's greeting.
type Hello struct {
	Thread int // kernel id of the thread that will run the operation
	// Origin is an address in the victim's text that both this process and one
	// that names places know: addresses are told as distances from it, so that
	// it does not matter where the program was loaded.
	Origin uint64
}

// HelloSize is the length of an encoded greeting, in bytes. It is written in
// one piece.
const HelloSize = 24

// Encode returns the greeting's bytes.
func (h Hello) Encode() []byte {
	b := binary.LittleEndian.AppendUint64(nil, magic)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.Thread))
	return binary.LittleEndian.AppendUint64(b, h.Origin)
}

// DecodeHello reads a greeting.
func DecodeHello(b []byte) (Hello, error) {
	if len(b) != HelloSize || binary.LittleEndian.Uint64(b) != magic {
		return Hello{}, errors.New("no greeting of this version")
	}
	return Hello{
		Thread: int(binary.LittleEndian.Uint64(b[8:])),
		Origin: binary.LittleEndian.Uint64(b[16:]),
	}, nil
}

// A Place is where a thread stood, in distances from the origin.
type Place struct {
	PC int64 // of the instruction that comes next, or did it
	// Top is the word on top of the stack: the return address if the function
	// has no frame of its own.
	Top int64
	// Returns are the return addresses found along the frame pointers,
	// innermost first.
	Returns []int64
}

// A Frame is one function call, inlined or not.
type Frame struct {
	Func string
	File string
	Line int
}
