//go:build linux && amd64

package wal_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"killpoint/examples/wal"
	"killpoint/harness"
	"killpoint/harness/explore"
	"killpoint/harness/harnesstest"
)

func TestEveryState(t *testing.T) {
	for _, wrong := range explored(t, harness.Build{Package: "./victim"}) {
		t.Error(wrong)
	}
}

// explored takes an append through every state in which a death can leave the
// file, marked or not, and returns those that leave neither nothing nor all.
func explored(t *testing.T, build harness.Build) (wrong []string) {
	path := filepath.Join(t.TempDir(), "log")
	program := harnesstest.Build(t, build)
	cfg := explore.Config{Command: []string{program.Path, "new"}, Env: []string{"WAL=" + path}, Files: []string{path}}
	trace, err := explore.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range trace.States {
		s := &trace.States[i]
		if got := fmt.Sprint(wal.Log(s.Image[0]).Records()); got != "[new]" && (got != "[]" || s.Kind == explore.End) {
			wrong = append(wrong, fmt.Sprintf("%s is left at %s", got, s))
		}
	}
	return wrong
}
