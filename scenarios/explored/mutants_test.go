//go:build linux && amd64

package explored_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"killpoint/harness"
	"killpoint/scenarios"
	"killpoint/scenarios/explored"
)

// TestPlantedBugs shows which planted bugs exploring alone finds.
func TestPlantedBugs(t *testing.T) {
	if os.Getenv("MUTANTS") == "" {
		t.Skip("only on request: MUTANTS=1")
	}
	for _, m := range scenarios.Mutants() {
		dir := t.TempDir()
		b := harness.Build{Edits: m.Edits, Package: "killpoint/cmd/child", Output: filepath.Join(dir, "child")}
		program, err := b.Run(context.Background())
		if err != nil {
			fmt.Printf("%-32s is not built: %.300s\n", m.Name, err)
			continue
		}
		p := explored.Programs{Plain: program.Path}
		var found string
		n := 0
		for _, o := range explored.Operations() {
			r, err := explored.Run(context.Background(), o, p, dir)
			if err != nil {
				r.Violations = append(r.Violations, err.Error())
			}
			for _, v := range r.Violations {
				if n++; n == 1 {
					found = o.Name + ": " + v
				}
			}
		}
		fmt.Printf("%-32s %d %.160s\n", m.Name, n, found)
	}
}
