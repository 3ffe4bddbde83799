// Package victim is linked into a program whose operation is to be explored by
// package explore. It marks where the operation begins and ends:
//
//	func main() {
//		w, err := ring.Attach(os.Args[1])
//		...
//		victim.Operation(func() { err = w.TryPush(msg) })
//	}
//
// Run by hand, the program does just that. It needs nothing else of its build:
// production, instrumented and race builds can be victims. Importing the package
// locks the main goroutine to the process's first thread if, and only if, a
// tracer has started the process.
//
// What is set up before Operation is not explored; timers and goroutines that
// the operation needs are best started there.
package victim

import (
	"os"
	"runtime"

	"killpoint/harness/explore/internal/wire"
)

func init() {
	switch {
	case os.Getenv(wire.SymbolsEnv) == wire.Version:
		os.Exit(symbolise(os.Stdin, os.Stdout))
	case os.Getenv(wire.TracedEnv) == wire.Version:
		runtime.LockOSThread() // the operation runs on the thread whose id is the process's
	}
}

// Operation runs f, and every state that f passes through is explored. It must
// be called on the main goroutine, once.
//
//go:noinline
func Operation(f func()) {
	if os.Getenv(wire.TracedEnv) != wire.Version {
		f()
		return
	}
	greet(origin())
	runtime.Breakpoint()
	f()
	runtime.Breakpoint()
}

// Mark makes the present moment of the operation a state of that name. It is for
// the hooks of an instrumented build: what the names mean is the caller's.
func Mark(name string) { mark(name) }

// origin is an address that every process of this program knows.
//
//go:noinline
func origin() uint64 {
	pc, _, _, ok := runtime.Caller(0)
	if !ok {
		return 0
	}
	return uint64(runtime.FuncForPC(pc).Entry())
}
