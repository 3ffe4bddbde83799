//go:build failpoint

package main

import (
	"killpoint/harness/agent"
	"killpoint/harness/agent/failpoints"
	"killpoint/ring"
)

func markers() agent.Markers {
	var names []string
	for _, s := range ring.Sites() {
		if s.Marker {
			names = append(names, string(s.Site))
		}
	}
	return failpoints.Markers{Prefix: ring.MarkerPrefix, Names: names, Live: ring.Instrumented}
}
