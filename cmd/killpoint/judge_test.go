package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"killpoint/harness/report"
	"killpoint/scenarios"
)

// TestARedCellLeavesItsEvidence plants a bug, and goes on from what is left:
// each file is there, the judge says what it said, fresh peers open the image.
func TestARedCellLeavesItsEvidence(t *testing.T) {
	const cell, plant = "writer-after-data-signal/kill/poll-off", "no-wake"
	out := outFolder(t)
	if r := runCommand(t, "run", "--quiet", "--plant", plant, cell, "--out", out); r.code != 1 {
		t.Fatal(r)
	}
	folder := filepath.Join(out, "failed", scenarios.FolderName(cell))
	for _, name := range []string{
		"before.image", "at-site.image", "at-death.image", "after.image", "timeline.jsonl", "cell.json",
		"victim.commands", "victim.stacks", "peer.commands", "peer.stacks", "successor.stacks",
	} {
		if text := read(t, filepath.Join(folder, name)); text == "" {
			t.Errorf("%s is empty", name)
		}
	}
	for name, want := range map[string]string{
		"victim.stacks": "ring.(*Writer)", // where it stood
		"peer.stacks":   "ring.(*Reader)", // where it sleeps
		"cell.json":     "--plant " + plant + " " + cell,
	} {
		if text := read(t, filepath.Join(folder, name)); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", name, want, text)
		}
	}
	r := runCommand(t, "judge", out)
	if r.code != 1 || !strings.Contains(r.stdout, "2 runs of cells judged: 0 pass, 2 fail, 0 unknown; 0 verdicts changed") {
		t.Errorf("judge: %v", r)
	}
	r = runCommand(t, "repro", "--out", out, folder)
	if r.code != 0 || !strings.Contains(r.stdout, "fresh peers on the ring of "+cell) || !strings.Contains(r.stdout, "received  M N    M N") {
		t.Errorf("replay: %v", r)
	}
}

// TestJudgeAppliesTodaysExpectations changes what a run has seen.
func TestJudgeAppliesTodaysExpectations(t *testing.T) {
	seen := func(change func(scenarios.Facts)) scenarios.Facts {
		c, err := scenarios.Find(oneCell)
		if err != nil {
			t.Fatal(err)
		}
		f := scenarios.Facts{}
		for name, value := range c.Want {
			f[name] = value
		}
		change(f)
		return f
	}
	for _, row := range []struct {
		name  string
		saved scenarios.Saved
		code  int
		want  string
	}{
		{"right", scenarios.Saved{Cell: oneCell, Verdict: scenarios.Pass, Facts: seen(func(scenarios.Facts) {})}, 0, "1 pass, 0 fail, 0 unknown; 0 verdicts changed"},
		{"right now", scenarios.Saved{Cell: oneCell, Verdict: scenarios.Fail, Facts: seen(func(scenarios.Facts) {})}, 0, oneCell + ": pass, was fail"},
		{"wrong now", scenarios.Saved{Cell: oneCell, Verdict: scenarios.Pass, Facts: seen(func(f scenarios.Facts) { f["message"] = "lost" })}, 1, `message: must be "delivered", is "lost"`},
		{"missing now", scenarios.Saved{Cell: oneCell, Verdict: scenarios.Pass, Facts: seen(func(f scenarios.Facts) { delete(f, "peer") })}, 1, "peer: must be"},
		{"ended early", scenarios.Saved{Cell: oneCell, Verdict: scenarios.Unknown, Detail: []string{"no time left"}}, 1, "unknown as before"},
		{"a pass without facts", scenarios.Saved{Cell: oneCell, Verdict: scenarios.Pass}, 1, oneCell + ": unknown, was pass"},
		{"no cell any more", scenarios.Saved{Cell: "nosuch/kill", Verdict: scenarios.Pass, Facts: scenarios.Facts{"x": "y"}}, 1, "nosuch/kill: unknown, was pass"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			text, err := json.Marshal(row.saved)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, scenarios.SavedFile), text, 0o600); err != nil {
				t.Fatal(err)
			}
			if r := runCommand(t, "judge", dir); r.code != row.code || !strings.Contains(r.stdout, row.want) {
				t.Errorf("want exit code %d with %q: %v", row.code, row.want, r)
			}
			var all []judged
			r := runCommand(t, "judge", "--json", dir)
			if err := json.Unmarshal([]byte(r.stdout), &all); err != nil || len(all) != 1 || r.code != row.code || (all[0].Now == report.Pass) != (row.code == 0) {
				t.Errorf("%v: %v", err, r)
			}
		})
	}
}

// TestJudgePassesNothingThatHasNoFacts takes what proves a pass out of a matrix
// that is green.
func TestJudgePassesNothingThatHasNoFacts(t *testing.T) {
	out := outFolder(t)
	if r := runCommand(t, "run", "--out", out, oneCell); r.code != 0 {
		t.Fatal(r)
	}
	path := filepath.Join(out, "crash-matrix.json")
	green := read(t, path)
	if r := runCommand(t, "judge", path); r.code != 0 || !strings.Contains(r.stdout, "1 pass") {
		t.Fatal(r)
	}
	for name, row := range map[string]struct {
		change func(cell map[string]any)
		code   int
		want   string
	}{
		"no evidence":   {func(c map[string]any) { delete(c, "evidence") }, 1, "0 pass, 0 fail, 1 unknown"},
		"no facts":      {func(c map[string]any) { delete(c["evidence"].(map[string]any), "facts") }, 1, "0 pass, 0 fail, 1 unknown"},
		"an empty list": {func(c map[string]any) { c["evidence"].(map[string]any)["facts"] = []any{} }, 1, "0 pass, 0 fail, 1 unknown"},
		"one fact less": {func(c map[string]any) {
			e := c["evidence"].(map[string]any)
			e["facts"] = e["facts"].([]any)[1:]
		}, 1, "0 pass, 1 fail, 0 unknown"},
		"an unknown word": {func(c map[string]any) { c["verdict"] = "passed" }, 2, `"passed"`},
		"other sums":      {func(c map[string]any) { c["verdict"] = "fail" }, 2, "changed or damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			var m map[string]any
			if err := json.Unmarshal([]byte(green), &m); err != nil {
				t.Fatal(err)
			}
			row.change(m["cells"].([]any)[0].(map[string]any))
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			changed := filepath.Join(t.TempDir(), "crash-matrix.json")
			if err := os.WriteFile(changed, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if r := runCommand(t, "judge", changed); r.code != row.code || !strings.Contains(r.stdout+r.stderr, row.want) {
				t.Errorf("want exit code %d with %q: %v", row.code, row.want, r)
			}
		})
	}
}

func TestJudgeRefuses(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(t.TempDir(), "crash-matrix.json")
	if err := os.WriteFile(old, []byte(`{"format":1,"cells":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, runCommand(t, "judge", dir), []string{"no crash-matrix*.json", dir})
	refused(t, runCommand(t, "judge", filepath.Join(dir, "gone")), []string{"gone", "no such file"})
	refused(t, runCommand(t, "judge", old), []string{"older killpoint"})
	for name, text := range map[string]string{
		"crash-matrix.json": `{"format":2,"cells":[]}`,
		"cell.json":         `{"cell":"` + oneCell + `","verdict":"passed","facts":{"a":"b"}}`,
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, runCommand(t, "judge", path), []string{path, map[string]string{"crash-matrix.json": "no cell", "cell.json": `"passed"`}[name]})
	}
	twice := shardFile(t, []report.Row{provenRow(oneCell), provenRow(oneCell)})
	refused(t, runCommand(t, "judge", twice), []string{twice, oneCell, "twice"})
	refused(t, runCommand(t, "repro", dir), []string{"no evidence", dir})
}
