//go:build !linux

package ring

import "time"

// yield offers the processor to other threads of the system: a nap of no length
// is the portable way to get there.
func yield() { time.Sleep(time.Nanosecond) }
