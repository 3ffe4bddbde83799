//go:build failpoint

package main

import (
	"killpoint/examples/wal"
	"killpoint/harness/agent"
	"killpoint/harness/agent/failpoints"
)

func init() {
	const prefix = "killpoint/examples/wal/"
	markers = func() agent.Markers {
		return failpoints.Markers{Prefix: prefix, Names: wal.Sites, Live: failpoints.Probe(prefix, wal.Mark)}
	}
}
