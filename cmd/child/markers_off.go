//go:build !failpoint

package main

import "killpoint/harness/agent"

// markers are none: this build carries the ring as it ships.
func markers() agent.Markers { return nil }
