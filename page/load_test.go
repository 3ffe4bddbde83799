package page_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"killpoint/harness/report"
	"killpoint/page"
)

// run makes a run that began in that minute, with passed cells of these ids.
func run(minute int, ids ...string) report.Matrix {
	m := report.Matrix{Go: "go1", Kernel: "Linux", CPUs: 2, Seed: int64(minute), Wall: 1000, Format: report.Format,
		Began: time.Date(2020, 1, 1, 0, minute, 0, 0, time.UTC), Repeat: "again {id}",
		Sites: []report.Site{{Site: "w-a", Role: "writer", Op: "push", Done: "a is stored"}, {Site: "w-b", Role: "writer", Op: "push"}, {Site: "r-a", Role: "reader", Op: "pop"}}}
	for i, id := range ids {
		seen := "lost"
		r := report.Row{ID: id, Verdict: report.Pass, Duration: float64(minute*100 + i),
			Evidence: &report.Evidence{Facts: []report.Fact{{Name: "message", Seen: &seen, Want: &seen}}}}
		if parts := strings.Split(id, "/"); len(parts) > 1 && strings.Contains(parts[0], "-") {
			r.Site, r.Role, r.Mode = strings.Split(parts[0], "+")[0], "writer", parts[1]
			if len(parts) > 2 {
				r.Variant = parts[2]
			}
		}
		m.Cells = append(m.Cells, r)
	}
	return m
}

func shardOf(m report.Matrix, shard string) report.Matrix {
	m.Shard = shard
	return m
}

// save writes matrices into a folder, by name.
func save(t *testing.T, folder string, matrices map[string]report.Matrix) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, m := range matrices {
		f, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.WriteJSON(f); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// inShort names what each run holds.
func inShort(r *page.Report) (lines []string) {
	for _, run := range r.Runs {
		var ids []string
		for _, c := range run.Cells {
			ids = append(ids, c.ID)
		}
		line := fmt.Sprintf("%d: %s", run.When().Minute(), strings.Join(ids, " "))
		if len(run.Missing) > 0 {
			line += " without " + strings.Join(run.Missing, " ")
		}
		if len(run.Doubled) > 0 {
			line += " doubled " + strings.Join(run.Doubled, " ")
		}
		lines = append(lines, line)
	}
	return lines
}

func TestRunsAreFoundAndShardsPutTogether(t *testing.T) {
	type folder map[string]report.Matrix
	for _, row := range []struct {
		name    string
		folders []folder
		want    []string
	}{
		{"one run", []folder{{"crash-matrix.json": run(1, "a", "b")}}, []string{"1: a b"}},
		{"latest first", []folder{{"crash-matrix.json": run(1, "a")}, {"crash-matrix.json": run(3, "a")}, {"crash-matrix.json": run(2, "a")}}, []string{"3: a", "2: a", "1: a"}},
		{"shards in one folder", []folder{{"crash-matrix-1-of-2.json": shardOf(run(1, "a"), "1/2"), "crash-matrix-2-of-2.json": shardOf(run(2, "b"), "2/2")}}, []string{"1: a b"}},
		{"shards in folders of their own", []folder{{"crash-matrix-2-of-2.json": shardOf(run(1, "b"), "2/2")}, {"crash-matrix-1-of-2.json": shardOf(run(2, "a"), "1/2")}}, []string{"1: b a"}},
		{"two runs of two shards", []folder{
			{"crash-matrix-1-of-2.json": shardOf(run(1, "a"), "1/2"), "crash-matrix-2-of-2.json": shardOf(run(2, "b"), "2/2")},
			{"crash-matrix-1-of-2.json": shardOf(run(11, "a"), "1/2"), "crash-matrix-2-of-2.json": shardOf(run(12, "b"), "2/2")},
		}, []string{"11: a b", "1: a b"}},
		{"shard missing", []folder{{"crash-matrix-1-of-3.json": shardOf(run(1, "a"), "1/3"), "crash-matrix-3-of-3.json": shardOf(run(1, "c"), "3/3")}}, []string{"1: a c without 2/3"}},
		{"cell in two shards", []folder{{"crash-matrix-1-of-2.json": shardOf(run(1, "a", "b"), "1/2"), "crash-matrix-2-of-2.json": shardOf(run(2, "b"), "2/2")}}, []string{"1: a b b doubled b"}},
		{"shards in the order of the catalogue", []folder{{"crash-matrix-1-of-2.json": shardOf(run(1, "layout/x", "r-a/kill"), "1/2"), "crash-matrix-2-of-2.json": shardOf(run(2, "w-b/kill", "w-a/kill"), "2/2")}},
			[]string{"1: w-a/kill w-b/kill r-a/kill layout/x"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var folders []string
			for i, f := range row.folders {
				folders = append(folders, filepath.Join(t.TempDir(), fmt.Sprint("[", i, "]*?")))
				save(t, folders[i], f)
			}
			r, err := page.Load(folders...)
			if err != nil {
				t.Fatal(err)
			}
			if got := inShort(r); !slices.Equal(got, row.want) {
				t.Errorf("runs %q, want %q", got, row.want)
			}
		})
	}
}

// TestMergedRunIsNotCountedTwice: shards lie beside what they were merged into.
func TestMergedRunIsNotCountedTwice(t *testing.T) {
	one, two := shardOf(run(1, "a"), "1/2"), shardOf(run(2, "b"), "2/2")
	merged, err := report.Merge([]report.Matrix{one, two}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	save(t, folder, map[string]report.Matrix{"crash-matrix.json": merged, "crash-matrix-1-of-2.json": one, "crash-matrix-2-of-2.json": two})
	r, err := page.Load(folder, folder, filepath.Join(folder, "crash-matrix.json"))
	if err != nil {
		t.Fatal(err)
	}
	if got := inShort(r); !slices.Equal(got, []string{"1: a b"}) {
		t.Errorf("runs %q, want one", got)
	}
	save(t, folder, map[string]report.Matrix{"crash-matrix.json": run(5, "a", "b")})
	if r, err = page.Load(folder); err != nil || len(r.Runs) != 2 {
		t.Errorf("runs %q, %v: shards of another run must not vanish", inShort(r), err)
	}
}

func TestWhatCannotBeReadIsAnErrorAndNamed(t *testing.T) {
	if _, err := page.Load(t.TempDir()); !errors.Is(err, page.ErrNothing) {
		t.Errorf("empty folder: %v, want ErrNothing", err)
	}
	if _, err := page.Load(filepath.Join(t.TempDir(), "gone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v, want ErrNotExist", err)
	}
	for _, name := range []string{"crash-matrix.json", "crash-matrix-1-of-2.json", "bench.json", "explore.json", "soak.json", "mutants.json"} {
		for _, text := range []string{"a shopping list", `"text"`, `{"cells":[`, "3"} {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := page.Load(filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s holds %s: error %v, want one that names it", name, text, err)
			}
		}
	}
}

// TestCaughtIsWhatAllThatMustHaveCaught: by whichever means, and nobody who must
// catch the bug has missed it.
func TestCaughtIsWhatAllThatMustHaveCaught(t *testing.T) {
	folder := t.TempDir()
	text := `[
		{"mutant":"by-cells","failed":["a"],"missed":[]},
		{"mutant":"by-exploring","explored":{"Op":"push"},"missed":[]},
		{"mutant":"by-a-peer","interleaved":{"Op":"pop"},"missed":[]},
		{"mutant":"by-a-test","of":"harness","test":"harness TestKill","missed":[]},
		{"mutant":"missed-by-its-test","of":"harness","test":"harness TestKill","missed":["test"]},
		{"mutant":"missed-by-exploring","failed":["a"],"missed":["explore"]},
		{"mutant":"by-nobody","unknown":["a"],"missed":[]}
	]`
	if err := os.WriteFile(filepath.Join(folder, "mutants.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := page.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Mutants {
		if want := strings.HasPrefix(m.Mutant, "by-") && m.Mutant != "by-nobody"; m.Caught() != want {
			t.Errorf("%s: caught %v, want %v", m.Mutant, m.Caught(), want)
		}
	}
}

func TestLatestOfEveryOtherPartCounts(t *testing.T) {
	old, fresh := t.TempDir(), t.TempDir()
	for folder, text := range map[string]string{old: `[{"mutant":"old"}]`, fresh: `[{"mutant":"fresh","failed":["a"]}]`} {
		if err := os.WriteFile(filepath.Join(folder, "mutants.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(old, "mutants.json"), time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, folders := range [][]string{{old, fresh}, {fresh, old}} {
		r, err := page.Load(folders...)
		if err != nil {
			t.Fatal(err)
		}
		if !r.MutantsRun || len(r.Mutants) != 1 || r.Mutants[0].Mutant != "fresh" || !r.Mutants[0].Caught() {
			t.Errorf("planted bugs %+v, want the fresh ones", r.Mutants)
		}
		if r.Bench != nil || r.Explore != nil || r.Runs != nil {
			t.Errorf("parts that were never run are there: %+v", r)
		}
	}
}
