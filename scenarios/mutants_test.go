package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"killpoint/scenarios"
)

func TestPlantedBugsFitTheRing(t *testing.T) {
	names := map[string]bool{}
	for _, m := range scenarios.Mutants() {
		if names[m.Name] {
			t.Errorf("two planted bugs are called %s", m.Name)
		}
		names[m.Name] = true
		for _, e := range m.Edits {
			source, err := os.ReadFile(filepath.Join("..", "ring", e.File))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(source), e.Old); n != 1 {
				t.Errorf("%s: its text is in %s %d times, must be there once:\n%s", m.Name, e.File, n, e.Old)
			}
		}
	}
}

func TestPlantedBugsNameTheirCells(t *testing.T) {
	cells := scenarios.All()
	for _, m := range scenarios.Mutants() {
		found := false
		for _, c := range cells {
			found = found || strings.Contains(c.ID, m.Cells)
		}
		if m.Cells == "" || !found {
			t.Errorf("%s: no cell has %q in its id", m.Name, m.Cells)
		}
	}
}
