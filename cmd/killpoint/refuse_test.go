package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"killpoint/ring"
	"killpoint/scenarios"
)

// TestMistakesAreNamedWithTheWayOut: exit code 2, the mistake, what to do
// instead, and nothing written.
func TestMistakesAreNamedWithTheWayOut(t *testing.T) {
	noMatrix := filepath.Join(t.TempDir(), "no-matrix.json")
	if err := os.WriteFile(noMatrix, []byte("a shopping list"), 0o600); err != nil {
		t.Fatal(err)
	}
	evidence := func(cell string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, scenarios.SavedFile), []byte(`{"cell":"`+cell+`","verdict":"fail"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	noCell, noImage := evidence("nosuch/kill"), evidence(oneCell)
	var outside string // a site that only an observer can see: there the victim cannot panic
	for _, s := range ring.Sites() {
		if !s.Marker {
			outside = string(s.Site)
		}
	}
	const site, last = "writer-after-publish-header", "writer-after-publish-header/stop/"
	for _, row := range []struct {
		name string
		args []string // --out is added
		want []string // in stdout and stderr together
	}{
		{"site that does not exist", []string{"repro", "nosuch"}, []string{`no site "nosuch"`, "killpoint sites"}},
		{"no site", []string{"repro"}, []string{"name one site", "killpoint sites"}},
		{"two sites", []string{"repro", site, site}, []string{"name one site", "killpoint cells"}},
		{"mode that does not exist", []string{"repro", "--mode", "explode", site}, []string{`mode "explode"`, last}},
		{"polling that does not exist", []string{"repro", "--poll", "maybe", site}, []string{`poll "maybe"`, last}},
		{"mode without a cell", []string{"repro", "--mode", "panic", outside}, []string{`mode "panic"`, outside + "/kill"}},
		{"polling without a cell", []string{"repro", "--mode", "kill", "--poll", "on", "writer-create-before-init"}, []string{`mode "kill" and poll "on"`, "writer-create-before-init/kill"}},
		{"cell and mode", []string{"repro", "--mode", "kill", site + "/kill/poll-on"}, []string{"whole cell", "leave mode and poll away"}},
		{"cell that does not exist", []string{"repro", site + "/explode"}, []string{`no cell "` + site + `/explode"`, "killpoint cells"}},
		{"cell that is not said to its end", []string{"repro", site + "/kill"}, []string{`no cell "` + site + `/kill"`, site + "/kill/poll-on"}},
		{"shard 0", []string{"run", "--shard", "0/2"}, []string{`shard "0/2"`, "such as 1/4"}},
		{"shard beyond the last", []string{"run", "--shard", "3/2"}, []string{`shard "3/2"`, "such as 1/4"}},
		{"shard that is a word", []string{"run", "--shard", "x"}, []string{`shard "x"`, "such as 1/4"}},
		{"shard of three", []string{"run", "--shard", "1/2/3"}, []string{`shard "1/2/3"`, "such as 1/4"}},
		{"filter that picks nothing", []string{"run", "nosuch"}, []string{`"nosuch"`, "killpoint cells"}},
		{"pattern that is empty", []string{"run", ""}, []string{"a pattern is empty"}},
		{"file that is no evidence", []string{"repro", noMatrix}, []string{noMatrix + " is no folder", "folder of evidence"}},
		{"evidence of no cell", []string{"repro", noCell}, []string{noCell, `no cell "nosuch/kill"`, "killpoint cells"}},
		{"evidence without an image", []string{"repro", noImage}, []string{noImage, "at-death.image", shellLine(killpoint, "repro", oneCell)}},
		{"exploring without a folder", []string{"explore", "--out", ""}, []string{"-out", "no name"}},
		{"merge without a folder", []string{"merge", "--out", "", noMatrix}, []string{"-out", "no name"}},
		{"rings of a bench in no folder", []string{"bench", "--quick", "--dir", noMatrix + ".gone"}, []string{noMatrix + ".gone is no folder"}},
		{"pattern that is none", []string{"run", "[a"}, []string{`"[a"`, "syntax error"}},
		{"no round", []string{"run", "--repeat", "0"}, []string{"-repeat", "more than 0", "killpoint run --help"}},
		{"nobody at work", []string{"run", "--parallel", "0"}, []string{"-parallel", "more than 0"}},
		{"no patience", []string{"run", "--patience", "0s"}, []string{"-patience", "more than 0"}},
		{"no folder", []string{"run", "--out", ""}, []string{"-out", "no name"}},
		{"what is no number", []string{"run", "--seed", "abc"}, []string{`"abc"`, "-seed", "killpoint run --help"}},
		{"a flag of another command", []string{"run", "--kills", "3"}, []string{"-kills", "killpoint run --help"}},
		{"no repetition of exploring", []string{"explore", "--repeat", "-1"}, []string{"-repeat", "more than 0"}},
		{"a report of what is none of its files", []string{"report", "refuse_test.go"}, []string{"refuse_test.go is none of", "crash-matrix"}},
		{"a bench that could not be kept", []string{"bench", "--quick", "--impl", "memcpy", "--out", "/proc/nosuch"}, []string{"/proc/nosuch", "--out names another folder"}},
		{"nothing to merge", []string{"merge"}, []string{"name the JSON files", "crash-matrix-"}},
		{"merge of what is no matrix", []string{"merge", noMatrix}, []string{noMatrix, "not a matrix"}},
		{"merge of what is not there", []string{"merge", noMatrix + ".gone"}, []string{noMatrix + ".gone", "no such file"}},
		{"planted bug that does not exist", []string{"mutants", "nosuch"}, []string{`no planted bug "nosuch"`, scenarios.Mutants()[0].Name}},
		{"planted bug of another part", []string{"mutants", "--of", "harness", "no-wake"}, []string{`no planted bug "no-wake"`}},
		{"planted bugs of no part", []string{"mutants", "--of", "page"}, []string{"ring, harness or all"}},
		{"flag that does not exist", []string{"run", "--nosuch"}, []string{"-nosuch", "killpoint run --help"}},
		{"number that is none", []string{"run", "--parallel", "many"}, []string{`"many"`, "parallel"}},
		{"duration that is none", []string{"run", "--patience", "long"}, []string{`"long"`, "patience"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			out := outFolder(t)
			args := append([]string{row.args[0], "--out", out}, row.args[1:]...)
			refused(t, runCommand(t, args...), row.want)
			if left := entries(t, out); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestAnEmptyShardIsRefused: it would be a run in which nothing failed.
func TestAnEmptyShardIsRefused(t *testing.T) {
	empty := 0
	for _, shard := range []string{"1/3", "2/3", "3/3"} {
		cells, err := choice{patterns: []string{oneCell}, shard: shard}.cells()
		if err != nil {
			empty++
			if !strings.Contains(err.Error(), shard+" is empty") {
				t.Errorf("%s: %v", shard, err)
			}
		} else if len(cells) == 0 {
			t.Errorf("%s: no cell, and no error", shard)
		}
	}
	if empty != 2 {
		t.Errorf("%d of three shards of one cell are empty", empty)
	}
}

// TestMistakesOutsideOfRunsAreNamed are those of commands that write nothing.
func TestMistakesOutsideOfRunsAreNamed(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		want []string
	}{
		{"command that does not exist", []string{"nosuch"}, []string{"nosuch", "killpoint --help"}},
		{"flag that does not exist", []string{"--nosuch"}, []string{"-nosuch", "run"}},
		{"cells with a text that picks nothing", []string{"cells", "nosuch"}, []string{`"nosuch"`, "killpoint cells"}},
		{"sites of two texts", []string{"sites", "a", "b"}, []string{`"b"`, "--side"}},
		{"failpoint of a file", []string{"failpoint", "enable", "refuse_test.go"}, []string{"refuse_test.go is no folder", "./ring"}},
		{"failpoint of nothing", []string{"failpoint", "enable"}, []string{"name the folders", "./ring"}},
		{"failpoint of what is not there", []string{"failpoint", "enable", "./nosuch"}, []string{"nosuch", "no such file"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			refused(t, runCommand(t, row.args...), row.want)
		})
	}
}

// refused checks that a command could not be carried out and said why.
func refused(t *testing.T, r ran, want []string) {
	t.Helper()
	if r.code != 2 {
		t.Errorf("exit code %d, want 2", r.code)
	}
	if !strings.HasPrefix(r.stderr, "killpoint: ") && !strings.Contains(r.stderr, "\nkillpoint: ") {
		t.Errorf("stderr does not say who is speaking:\n%s", r.stderr)
	}
	for _, w := range want {
		if !strings.Contains(r.stdout+r.stderr, w) {
			t.Errorf("%q is not said:\n%s%s", w, r.stdout, r.stderr)
		}
	}
}
