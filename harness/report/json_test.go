package report_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"killpoint/harness/report"
)

// sample has a row of each verdict, with every field filled in.
func sample() report.Matrix {
	return report.Matrix{
		Go: "go1.26.0", Kernel: "Linux 6.1 x86_64", CPUs: 2, Shard: "2/3", Seed: 7, Wall: 1500,
		Cells: []report.Row{
			{ID: "after-write/kill/poll-on", Site: "after-write", Role: "writer", Mode: "kill", Poll: "on", Outcome: "lost", Verdict: report.Pass, Detail: "", Duration: 12.5, Spawn: 3, Hit: 1, Exit: "signal SIGKILL"},
			{ID: "after-write/kill/late", Site: "after-write", Role: "writer", Mode: "kill", Outcome: "lost", Verdict: report.Fail, Detail: "read: must be 8, is 0\nwrite: must be <16>, is 8", Duration: 8, Spawn: 2, Hit: 1, Exit: "signal SIGKILL"},
			{ID: "layout/short-file", Verdict: report.Unknown, Detail: "deadline of the harness passed"},
		},
	}
}

// TestKeysAreTheDocumentedOnes: other programs read this file.
func TestKeysAreTheDocumentedOnes(t *testing.T) {
	var text bytes.Buffer
	if err := sample().WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var matrix struct {
		Cells []map[string]any `json:"cells"`
	}
	var top map[string]any
	for _, into := range []any{&matrix, &top} {
		if err := json.Unmarshal(text.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	keys := func(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
	if got, want := keys(top), []string{"cells", "cpus", "go", "kernel", "seed", "shard", "wall_ms"}; !slices.Equal(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
	want := []string{"detail", "duration_ms", "exit", "hit", "id", "mode", "outcome", "poll", "role", "site", "spawn_ms", "verdict"}
	for i, cell := range matrix.Cells {
		if got := keys(cell); !slices.Equal(got, want) {
			t.Errorf("cell %d: keys %v, want %v, even where there is nothing to say", i, got, want)
		}
	}
	first := map[string]any{
		"id": "after-write/kill/poll-on", "site": "after-write", "role": "writer", "mode": "kill", "poll": "on",
		"outcome": "lost", "verdict": "pass", "detail": "", "duration_ms": 12.5, "spawn_ms": 3.0, "hit": 1.0, "exit": "signal SIGKILL",
	}
	if !reflect.DeepEqual(matrix.Cells[0], first) {
		t.Errorf("cell 0 is %v, want %v", matrix.Cells[0], first)
	}
}

func TestMatrixIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "matrix.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := sample().WriteJSON(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if m, err := report.Read(path); err != nil || !reflect.DeepEqual(m, sample()) {
		t.Errorf("read %+v, %v", m, err)
	}
}

func TestFileThatIsNoMatrixIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "matrix.json")
	if _, err := report.Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("no such file: error %v, want one that names it", err)
	}
	for name, text := range map[string]string{"no JSON": "a shopping list", "cut off": `{"cells":[{"id":`, "a list": `[]`, "empty": ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := report.Read(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one that names the file", name, err)
		}
	}
}
