package scenarios_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"killpoint/scenarios"
	"killpoint/scenarios/explored"
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
		switch {
		case m.Cells == "" && m.Operation == "" && m.Pairing[0] == "":
			t.Errorf("%s: nothing is to catch it", m.Name)
		case m.Cells != "" && !found:
			t.Errorf("%s: no cell has %q in its id", m.Name, m.Cells)
		}
	}
}

// TestPlantedBugsNameWhatIsExplored: the operations and pairings are there, and so
// are the bugs that they are to find.
func TestPlantedBugsNameWhatIsExplored(t *testing.T) {
	operations, pairings := explored.OperationNames(), map[[2]string]bool{}
	for _, d := range explored.Pairings() {
		pairings[[2]string{d.Op.Name, d.Peer.Name}] = true
	}
	names := map[string]bool{}
	for _, m := range scenarios.Mutants() {
		names[m.Name] = true
		if m.Operation != "" && !slices.Contains(operations, m.Operation) {
			t.Errorf("%s: there is no operation %q", m.Name, m.Operation)
		}
		if m.Pairing[0] != "" && !pairings[m.Pairing] {
			t.Errorf("%s: there is no pairing %q", m.Name, m.Pairing)
		}
	}
	for _, name := range scenarios.Explored() {
		if !names[name] {
			t.Errorf("there is no planted bug %q to explore for", name)
		}
	}
}
