package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"killpoint/harness/report"
	"killpoint/scenarios"
)

// passed is a report in which every cell has passed.
func passed() report.Matrix {
	m := report.Matrix{Go: "go1", Kernel: "Linux"}
	for _, c := range scenarios.All() {
		m.Cells = append(m.Cells, provenRow(c.ID))
	}
	return m
}

// provenRow is a cell that passed, with a fact that says so.
func provenRow(id string) report.Row {
	seen := "as expected"
	return report.Row{ID: id, Verdict: report.Pass, Evidence: &report.Evidence{Facts: []report.Fact{{Name: "fact", Seen: &seen, Want: &seen}}}}
}

// shardFile writes a report as a shard's.
func shardFile(t *testing.T, cells []report.Row) string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "crash-matrix-*.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (report.Matrix{Cells: cells}).WriteJSON(f); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// TestMergeWantsEveryCellOnce puts two shards together; only a matrix that is
// whole and passed is a success.
func TestMergeWantsEveryCellOnce(t *testing.T) {
	all := passed().Cells
	half := len(all) / 2
	failed := slices.Clone(all[half:])
	failed[1].Verdict, failed[1].Detail = report.Fail, "read: must be 8, is 0"
	unproven := slices.Clone(all[half:])
	unproven[1].Evidence = nil
	for _, row := range []struct {
		name          string
		first, second []report.Row
		code          int
		want          string
	}{
		{"whole", all[:half], all[half:], 0, ""},
		{"one missing", all[:half], all[half+1:], 1, "cell " + all[half].ID + " is missing"},
		{"one doubled", all[:half+1], all[half:], 1, "cell " + all[half].ID + " is there 2 times"},
		{"one that is none", all[:half], append(slices.Clone(all[half:]), provenRow("nosuch/kill")), 1, "cell nosuch/kill is none"},
		{"one failed", all[:half], failed, 1, failed[1].ID + ": fail"},
		{"one without facts", all[:half], unproven, 1, unproven[1].ID + ": unknown"},
		{"no cell at all", nil, nil, 1, "is missing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			out := outFolder(t)
			r := runCommand(t, "merge", "--out", out, shardFile(t, row.first), shardFile(t, row.second))
			if r.code != row.code || !strings.Contains(r.stdout+r.stderr, row.want) {
				t.Errorf("want exit code %d with %q: %v", row.code, row.want, r)
			}
			m, err := report.Read(filepath.Join(out, "crash-matrix.json"))
			if err != nil || len(m.Cells) != strings.Count(read(t, filepath.Join(out, "junit.xml")), "<testcase ") {
				t.Errorf("the files differ: %d cells, %v", len(m.Cells), err)
			}
			if left := entries(t, out); !slices.Equal(left, []string{"crash-matrix.json", "junit.xml"}) {
				t.Errorf("written: %v", left)
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
