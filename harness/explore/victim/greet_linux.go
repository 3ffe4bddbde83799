package victim

import (
	"fmt"
	"os"
	"syscall"

	"killpoint/harness/explore/internal/wire"
)

// greet tells the tracer that the operation is next, and waits until it has
// attached. The descriptors are used raw: a file of package os would be closed
// by its finaliser.
func greet(origin uint64) {
	hello := wire.Hello{Thread: syscall.Gettid(), Origin: origin}.Encode()
	if _, err := syscall.Write(wire.HelloFD, hello); err != nil {
		lost(err)
	}
	var b [1]byte
	for {
		n, err := syscall.Read(wire.GoFD, b[:])
		switch {
		case n == 1:
			return
		case err != syscall.EINTR:
			lost(err)
		}
	}
}

// mark is a write that fails: the tracer, and nobody else, reads it.
func mark(name string) { syscall.Write(wire.MarkFD, []byte(name)) }

func lost(err error) {
	fmt.Fprintf(os.Stderr, "victim: there is no tracer on descriptors %d and %d: %v\n", wire.GoFD, wire.HelloFD, err)
	os.Exit(65)
}
