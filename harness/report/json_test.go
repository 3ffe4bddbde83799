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
	"time"

	"killpoint/harness/report"
)

// sample has a row of each verdict, and every field filled in somewhere.
func sample() report.Matrix {
	text := func(s string) *string { return &s }
	return report.Matrix{
		Go: "go1.26.0", Kernel: "Linux 6.1 x86_64", CPUs: 2, Shard: "2/3", Seed: 7, Wall: 1500,
		Format: report.Format, Began: time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC), Repeat: "again {id}",
		Sites: []report.Site{{Site: "after-write", Role: "writer", Op: "save", Done: "written", Next: "rename"}},
		Cells: []report.Row{
			{ID: "after-write/kill/poll-on", Site: "after-write", Role: "writer", Mode: "kill", Poll: "on", Outcome: "lost", Verdict: report.Pass, Detail: "", Duration: 12.5, Spawn: 3, Hit: 1, Exit: "signal SIGKILL",
				Evidence: &report.Evidence{Facts: []report.Fact{fact("message", "lost")}}},
			{ID: "after-write/kill/late", Site: "after-write", Role: "writer", Mode: "kill", Outcome: "lost", Verdict: report.Fail, Detail: "read: must be 8, is 0\nwrite: must be <16>, is 8", Duration: 8, Spawn: 2, Hit: 1, Exit: "signal SIGKILL",
				Variant: "late", Labels: []string{"lost"}, Evidence: &report.Evidence{
					Timeline: []report.Event{{Time: 12, Who: "victim", Kind: "parked", Of: "after-write", What: "at after-write"},
						{Time: 13, Who: "peer", Kind: "finished", Of: "save", What: "save ends"}, {Time: 14, Who: "peer", Kind: "finished", Of: "save", What: "save ends: file exists"}},
					Images: []report.Image{{
						When: "before", Size: 256, Marks: []report.Mark{{Name: "read", At: 300}}, Words: []report.Word{{Name: "event", Value: "set"}},
						Records: []report.Record{{At: 300, Size: 16, Flags: "READY", Text: "M", Published: true}}, Problem: "torn",
					}, {When: "at death", Same: true}},
					Facts: []report.Fact{
						{Name: "as expected", Seen: text("8"), Want: text("8")}, {Name: "empty", Seen: text(""), Want: text("")},
						{Name: "wrong", Seen: text("0"), Want: text("8")}, {Name: "never seen", Want: text("8")}, {Name: "not expected", Seen: text("")},
					},
					Children: []report.Child{{Name: "victim", Exit: "code 2", Output: "panic"}},
				}},
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
	if got, want := keys(top), []string{"began", "cells", "cpus", "format", "go", "kernel", "repeat", "seed", "shard", "sites", "sums", "wall_ms"}; !slices.Equal(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
	want := []string{"detail", "duration_ms", "exit", "hit", "id", "mode", "outcome", "poll", "role", "site", "spawn_ms", "verdict"}
	for i, cell := range matrix.Cells {
		here := slices.Sorted(slices.Values(append([][]string{{"evidence"}, {"evidence", "labels", "variant"}, nil}[i], want...)))
		if got := keys(cell); !slices.Equal(got, here) {
			t.Errorf("cell %d: keys %v, want %v, even where there is nothing to say", i, got, here)
		}
	}
	if lines := strings.Count(text.String(), "\n  {\"id\":"); lines != len(matrix.Cells) {
		t.Errorf("%d lines begin with a cell, want one for each of %d:\n%s", lines, len(matrix.Cells), text.String())
	}
	first := map[string]any{
		"id": "after-write/kill/poll-on", "site": "after-write", "role": "writer", "mode": "kill", "poll": "on",
		"outcome": "lost", "verdict": "pass", "detail": "", "duration_ms": 12.5, "spawn_ms": 3.0, "hit": 1.0, "exit": "signal SIGKILL",
		"evidence": map[string]any{"facts": []any{[]any{"message", "lost"}}},
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

// TestEvidenceIsWrittenAsLists: the lists keep a matrix of hundreds of cells
// small.
func TestEvidenceIsWrittenAsLists(t *testing.T) {
	text, err := json.Marshal(sample().Cells[1].Evidence)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"timeline":[[12,"victim","parked","after-write","at after-write"],[13,"peer","finished","save"],[14,"peer","finished","save","save ends: file exists"]],` +
		`"images":[{"when":"before","size":256,"marks":[["read",300]],"words":[["event","set"]],"records":[[300,16,"READY","M",true]],"problem":"torn"},{"when":"at death","same":true}],` +
		`"facts":[["as expected","8"],["empty",""],["wrong","0","8"],["never seen",null,"8"],["not expected","",null]],` +
		`"children":[{"name":"victim","exit":"code 2","output":"panic"}]}`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	for name, text := range map[string]string{
		"event too short": `{"timeline":[[12,"victim"]]}`, "event too long": `{"timeline":[[1,"","","","",""]]}`,
		"time is a word": `{"timeline":[["12","","","",""]]}`, "event is no list": `{"timeline":[{}]}`,
		"fact without a value": `{"facts":[["site"]]}`, "fact is no list": `{"facts":["site"]}`,
		"negative position": `{"images":[{"marks":[["read",-1]]}]}`,
	} {
		if err := json.Unmarshal([]byte(text), new(report.Evidence)); err == nil {
			t.Errorf("%s: read without an error", name)
		}
	}
}

// TestLaterFormatIsRefused, and the first one, which had no number, is read.
func TestLaterFormatIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "matrix.json")
	for text, ok := range map[string]bool{`{"cells":[]}`: true, `{"format":2,"cells":[]}`: true, `{"format":3,"cells":[]}`: false} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := report.Read(path); (err == nil) != ok {
			t.Errorf("%s: error %v, want one: %v", text, err, !ok)
		}
	}
}

func TestNameLeavesModeAndVariantAway(t *testing.T) {
	for _, row := range []struct {
		row  report.Row
		want string
	}{
		{report.Row{ID: "site/kill/late", Mode: "kill", Variant: "late"}, "site"},
		{report.Row{ID: "site/where/kill/poll-on", Mode: "kill", Variant: "poll-on"}, "site/where"},
		{report.Row{ID: "site/kill", Mode: "kill"}, "site"},
		{report.Row{ID: "a+b/kill", Mode: "kill"}, "a+b"},
		{report.Row{ID: "layout/empty"}, "layout/empty"},
	} {
		if got := row.row.Name(); got != row.want {
			t.Errorf("%s: %q, want %q", row.row.ID, got, row.want)
		}
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
