//go:build linux && amd64

package explored_test

import (
	"testing"

	"killpoint/harness"
	"killpoint/scenarios/explored"
)

// build builds the child as it ships, but for the edits, and returns its path.
func build(t *testing.T, dir string, edits ...harness.Edit) string {
	t.Helper()
	b, err := explored.BuildChild(t.Context(), explored.Plain, dir, edits...)
	if err != nil {
		t.Fatal(err)
	}
	return b.Program.Path
}
