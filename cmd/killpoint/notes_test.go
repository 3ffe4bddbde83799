package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"killpoint/scenarios/notes"
)

// TestNotesGiveCommandsThatPickCells holds each "Cells: N" against what the
// command beside it runs.
func TestNotesGiveCommandsThatPickCells(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("../..", notes.File))
	if err != nil {
		t.Fatal(err)
	}
	proofs := regexp.MustCompile("Cells:\\s+(\\d+),\\s+`make\\s+matrix\\s+FILTER=([^`]+)`").FindAllStringSubmatch(string(text), -1)
	if len(proofs) == 0 {
		t.Fatal("the notes name no cells")
	}
	for _, p := range proofs {
		cells, err := selectCells(p[2], "")
		if err != nil || strconv.Itoa(len(cells)) != p[1] {
			t.Errorf("FILTER=%s picks %d cells, %v; the notes say %s", p[2], len(cells), err, p[1])
		}
	}
}
