//go:build !linux

package victim

// greet does nothing: there is no tracer for this platform.
func greet(uint64) {}

func mark(string) {}
