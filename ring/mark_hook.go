//go:build markhook && !failpoint

package ring

// markHook is called at every crash site, on the goroutine of the operation: a
// test sets it to act as the peer there, or to unwind. This build is for the
// tests of this package alone.
var markHook = func(Site) {}

func mark(site Site) { markHook(site) }

// Instrumented reports whether the markers of this build are live for failpoint.
func Instrumented() bool { return false }
