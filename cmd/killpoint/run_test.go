package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"killpoint/harness/report"
	"killpoint/ring"
	"killpoint/scenarios"
)

func TestCellsAreListedOneALine(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		want func(scenarios.Cell) bool
	}{
		{"all", []string{"cells"}, func(scenarios.Cell) bool { return true }},
		{"by id", []string{"cells", "writer-after-publish-header/kill"}, func(c scenarios.Cell) bool {
			return strings.Contains(c.ID, "writer-after-publish-header/kill")
		}},
		{"by label", []string{"cells", "selfkill"}, func(c scenarios.Cell) bool { return slices.Contains(c.Labels(), "selfkill") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := runCommand(t, row.args...)
			var want []string
			for _, c := range scenarios.All() {
				if row.want(c) {
					want = append(want, strings.Join(append([]string{c.ID}, c.Labels()...), " "))
				}
			}
			var got []string
			for line := range strings.Lines(r.stdout) {
				got = append(got, strings.Join(strings.Fields(line), " "))
			}
			if r.code != 0 || len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("%d lines, want %d cells: %v", len(got), len(want), r)
			}
		})
	}
}

func TestSitesAreListedOneALine(t *testing.T) {
	r := runCommand(t, "sites")
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if r.code != 0 || len(lines) != len(ring.Sites())+1 {
		t.Fatalf("%d lines, want a head and %d sites: %v", len(lines), len(ring.Sites()), r)
	}
	for i, s := range ring.Sites() {
		if !strings.HasPrefix(lines[i+1], string(s.Site)+" ") {
			t.Errorf("line %d is %q, want site %s", i+1, lines[i+1], s.Site)
		}
	}
}

// TestMatrixWritesBothReports runs the cells of one site.
func TestMatrixWritesBothReports(t *testing.T) {
	const filter = "writer-after-publish-header"
	cells, err := selectCells(filter, "")
	if err != nil {
		t.Fatal(err)
	}
	out := outFolder(t)
	r := runCommand(t, "run", filter, "--out", out)
	if r.code != 0 {
		t.Fatal(r)
	}
	m, err := report.Read(filepath.Join(out, "crash-matrix.json"))
	if err != nil || !m.Passed() || len(m.Cells) != len(cells) {
		t.Errorf("%s, %v, want %d cells passed", m.Summary(), err, len(cells))
	}
	for i, row := range m.Cells {
		if i < len(cells) && row.ID != cells[i].ID {
			t.Errorf("row %d is %s, want %s", i, row.ID, cells[i].ID)
		}
	}
	if n := strings.Count(read(t, filepath.Join(out, "junit.xml")), "<testcase "); n != len(cells) {
		t.Errorf("junit.xml has %d cases, want %d", n, len(cells))
	}
	if left := entries(t, out); !slices.Equal(left, []string{"bin", "crash-matrix.json", "junit.xml"}) {
		t.Errorf("written: %v", left)
	}
}

// TestShardsMakeTheWhole runs the two halves of a few cells: each is named
// after its shard, and together they hold every cell once.
func TestShardsMakeTheWhole(t *testing.T) {
	const filter = "reader-after-read-advance/"
	cells, err := selectCells(filter, "")
	if err != nil {
		t.Fatal(err)
	}
	out := outFolder(t)
	var ids []string
	for _, shard := range []string{"1/2", "2/2"} {
		if r := runCommand(t, "run", filter, "--shard", shard, "--out", out); r.code != 0 {
			t.Fatal(r)
		}
		m, err := report.Read(filepath.Join(out, "crash-matrix-"+strings.Replace(shard, "/", "-of-", 1)+".json"))
		if err != nil || m.Shard != shard || len(m.Cells) == 0 {
			t.Errorf("shard %q with %d cells, %v, want %s", m.Shard, len(m.Cells), err, shard)
		}
		for _, row := range m.Cells {
			ids = append(ids, row.ID)
		}
	}
	slices.Sort(ids)
	var want []string
	for _, c := range cells {
		want = append(want, c.ID)
	}
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Errorf("ran %v, want %v", ids, want)
	}
}

// TestRunPicksCells by patterns and labels; the JSON on standard output is that
// of the file.
func TestRunPicksCells(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		want []string // ids
	}{
		{"a glob", []string{"writer-after-data-signal/kill/*"}, []string{"writer-after-data-signal/kill/poll-on", "writer-after-data-signal/kill/poll-off", "writer-after-data-signal/kill/late"}},
		{"a glob across", []string{"*data-signal/batch*off"}, []string{"writer-after-data-signal/batch/kill/poll-off", "writer-after-data-signal/batch/panic/poll-off"}},
		{"two patterns", []string{oneCell, "reader-open-after-map/kill"}, []string{oneCell, "reader-open-after-map/kill"}},
		{"labels", []string{"--label", "reader-after-read-advance", "--label", "stall", "--label", "kill", "--label", "pop"}, []string{"reader-after-read-advance/kill/poll-off", "reader-after-read-advance/the-only/kill/poll-off"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			out := outFolder(t)
			r := runCommand(t, append([]string{"run", "--json", "--out", out}, row.args...)...)
			var m report.Matrix
			if err := json.Unmarshal([]byte(r.stdout), &m); err != nil || r.code != 0 {
				t.Fatalf("%v: %v", err, r)
			}
			var ids []string
			for _, c := range m.Cells {
				ids = append(ids, c.ID)
			}
			slices.Sort(ids)
			slices.Sort(row.want)
			if !slices.Equal(ids, row.want) {
				t.Errorf("ran %v, want %v", ids, row.want)
			}
			if kept := read(t, filepath.Join(out, "crash-matrix.json")); kept != r.stdout {
				t.Error("the file says something else")
			}
		})
	}
}

func TestRunRepeats(t *testing.T) {
	out := outFolder(t)
	r := runCommand(t, "run", "--repeat", "3", "--seed", "5", "--out", out, oneCell)
	m, err := report.Read(filepath.Join(out, "crash-matrix.json"))
	if r.code != 0 || err != nil || m.Rounds != 3 || m.Seed != 5 || len(m.Cells) != 1 || !strings.Contains(r.stdout, "3 rounds") {
		t.Errorf("%d rounds, seed %d, %v: %v", m.Rounds, m.Seed, err, r)
	}
}

// TestRunUntilFail ends with the first round in which a planted bug shows.
func TestRunUntilFail(t *testing.T) {
	out := outFolder(t)
	r := runCommand(t, "run", "--until-fail", "--repeat", "50", "--plant", "no-wake", "--out", out, "writer-after-data-signal/kill/*")
	m, err := report.Read(filepath.Join(out, "crash-matrix.json"))
	if r.code != 1 || err != nil || m.Rounds > 1 || !strings.Contains(r.stderr, "round 1]") {
		t.Errorf("%d rounds, %v: %v", m.Rounds, err, r)
	}
}

// TestWhatADeadRunHasLeftIsRemoved by the next one in the same folder.
func TestWhatADeadRunHasLeftIsRemoved(t *testing.T) {
	out := outFolder(t)
	if err := os.MkdirAll(filepath.Join(out, "work-1234", "cell-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if r := runCommand(t, "run", "--out", out, oneCell); r.code != 0 {
		t.Fatal(r)
	}
	if left := entries(t, out); !slices.Equal(left, []string{"bin", "crash-matrix.json", "junit.xml"}) {
		t.Errorf("left behind: %v", left)
	}
}

// TestAnUnknownCellOfALaterRoundCounts, unless it is one that an end by hand has cut off.
func TestAnUnknownCellOfALaterRoundCounts(t *testing.T) {
	round := func(interrupted bool, verdicts ...string) report.Matrix {
		m := report.Matrix{Interrupted: interrupted}
		for i, v := range verdicts {
			m.Cells = append(m.Cells, report.Row{ID: fmt.Sprint(i), Verdict: v})
		}
		return m
	}
	for _, row := range []struct {
		interrupted bool
		now         string
		want        string
	}{
		{false, report.Unknown, report.Unknown}, {true, report.Unknown, report.Pass},
		{false, report.Fail, report.Fail}, {true, report.Fail, report.Fail}, {true, report.Pass, report.Pass},
	} {
		before := round(false, report.Pass)
		if got := before.Worse(uncut(round(row.interrupted, row.now), before)).Cells[0].Verdict; got != row.want {
			t.Errorf("interrupted %v, %s in a later round: %s, want %s", row.interrupted, row.now, got, row.want)
		}
	}
}

// selectCells picks cells by text and shard; either may be empty.
func selectCells(filter, shard string) ([]scenarios.Cell, error) {
	return choice{patterns: nonEmpty(filter), shard: shard}.cells()
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
