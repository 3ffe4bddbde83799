package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"killpoint/harness/report"
)

// TestReportWritesThreeFiles, whatever the verdict is.
func TestReportWritesThreeFiles(t *testing.T) {
	cells := passed().Cells
	cells[0].Verdict, cells[0].Detail = report.Fail, "exit: must be 1, is 2"
	out := outFolder(t)
	r := runCommand(t, "report", "--out", filepath.Join(out, "page.html"), shardFile(t, cells))
	if got := entries(t, out); r.code != 0 || !slices.Equal(got, []string{"page.html", "page.md"}) {
		t.Fatalf("%v\nfiles %q", r, got)
	}
	for name, want := range map[string]string{"page.html": cells[0].ID, "page.md": cells[0].Detail} {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %q: %v", name, want, err)
		}
	}
}

// TestReportLeavesOutWhatItDoesNotShow: other files may lie beside the rest.
func TestReportLeavesOutWhatItDoesNotShow(t *testing.T) {
	out := outFolder(t)
	dir := filepath.Dir(shardFile(t, passed().Cells))
	if err := os.WriteFile(filepath.Join(dir, "other.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := runCommand(t, "report", "--out", filepath.Join(out, "page.html"), dir); r.code != 0 {
		t.Error(r)
	}
}

func TestReportRefuses(t *testing.T) {
	empty := t.TempDir()
	good := shardFile(t, passed().Cells)
	for name, row := range map[string]struct {
		args []string
		want string
	}{
		"an empty folder":            {[]string{empty}, "no crash-matrix*.json"},
		"a folder that is not there": {[]string{filepath.Join(empty, "gone")}, "gone"},
		"to write over the summary":  {[]string{"--out", "x.md", good}, "x.md"},
		"a page inside a file":       {[]string{"--out", filepath.Join(good, "page.html"), good}, good},
	} {
		if r := runCommand(t, append([]string{"report"}, row.args...)...); r.code != 2 || !strings.Contains(r.stderr, row.want) {
			t.Errorf("%s: %v, want exit code 2 and %q", name, r, row.want)
		}
	}
}
