package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"killpoint/harness/report"
)

// shard makes a shard with passed cells of these ids.
func shard(wall float64, ids ...string) report.Matrix {
	m := report.Matrix{Go: "go1", Kernel: "Linux", CPUs: 4, Seed: 9, Wall: wall}
	for _, id := range ids {
		m.Cells = append(m.Cells, report.Row{ID: id, Verdict: report.Pass})
	}
	return m
}

func TestMergeChecksEveryCell(t *testing.T) {
	all := []string{"d", "a", "c", "b"} // the order of the matrix, not of the alphabet
	for _, row := range []struct {
		name   string
		shards []report.Matrix
		want   []string // ids of the merged matrix
		errs   []string // a line each, in order
	}{
		{"whole, in the order of the ids", []report.Matrix{shard(1, "b", "a"), shard(1, "c", "d")}, all, nil},
		{"one shard", []report.Matrix{shard(1, "a", "b", "c", "d")}, all, nil},
		{"missing", []report.Matrix{shard(1, "b"), shard(1, "d")}, []string{"d", "b"}, []string{"cell a is missing", "cell c is missing"}},
		{"doubled", []report.Matrix{shard(1, "a", "b", "c"), shard(1, "c", "d")}, []string{"d", "a", "c", "c", "b"}, []string{"cell c is there 2 times"}},
		{"doubled in one shard", []report.Matrix{shard(1, "a", "a", "a", "b", "c", "d")}, []string{"d", "a", "a", "a", "c", "b"}, []string{"cell a is there 3 times"}},
		{"strangers", []report.Matrix{shard(1, "z", "a", "b"), shard(1, "c", "d", "e")}, all, []string{"cell e is none of this matrix", "cell z is none of this matrix"}},
		{"all at once", []report.Matrix{shard(1, "a", "a", "c", "z", "b")}, []string{"a", "a", "c", "b"}, []string{"cell d is missing", "cell a is there 2 times", "cell z is none of this matrix"}},
		{"no shard", nil, nil, []string{"cell d is missing", "cell a is missing", "cell c is missing", "cell b is missing"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, err := report.Merge(row.shards, all)
			var got, errs []string
			for _, r := range m.Cells {
				got = append(got, r.ID)
			}
			if err != nil {
				errs = strings.Split(err.Error(), "\n")
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("cells %v, want %v", got, row.want)
			}
			if !slices.Equal(errs, row.errs) {
				t.Errorf("errors %q, want %q", errs, row.errs)
			}
		})
	}
}

func TestMergedHeadIsThatOfTheWhole(t *testing.T) {
	shards := []report.Matrix{shard(20, "a"), shard(50, "b"), shard(30, "c")}
	for i := range shards {
		shards[i].Shard = fmt.Sprintf("%d/3", i+1)
	}
	m, err := report.Merge(shards, []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	if m.Go != "go1" || m.Kernel != "Linux" || m.CPUs != 4 || m.Seed != 9 {
		t.Errorf("it does not say where it ran: %+v", m)
	}
	if m.Shard != "" || m.Wall != 50 {
		t.Errorf("shard %q, %v ms, want no shard and the longest, 50 ms", m.Shard, m.Wall)
	}
}

// TestMissingShardIsNamed even where another shard holds its cells.
func TestMissingShardIsNamed(t *testing.T) {
	first, last := shard(1, "a"), shard(1, "b")
	first.Shard, last.Shard = "1/3", "3/3"
	if _, err := report.Merge([]report.Matrix{first, last}, []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "2/3") {
		t.Errorf("error %v, want one that names shard 2/3", err)
	}
}
