package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"killpoint/ring"
	"killpoint/scenarios"
)

func TestListsAreFiltered(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		want func(ring.SiteInfo) bool
	}{
		{"all", nil, func(ring.SiteInfo) bool { return true }},
		{"a side", []string{"--side", "reader"}, func(s ring.SiteInfo) bool { return s.Side == ring.ReaderSide }},
		{"an operation", []string{"--op", "pop"}, func(s ring.SiteInfo) bool { return s.Op == "pop" }},
		{"a word", []string{"futex"}, func(s ring.SiteInfo) bool { return strings.Contains(s.Done+s.Next, "futex") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			var sites []listedSite
			r := runCommand(t, append([]string{"sites", "--json"}, row.args...)...)
			if err := json.Unmarshal([]byte(r.stdout), &sites); err != nil || r.code != 0 {
				t.Fatalf("%v: %v", err, r)
			}
			var got, want []ring.Site
			for _, s := range sites {
				got = append(got, s.Site)
			}
			for _, s := range ring.Sites() {
				if row.want(s) {
					want = append(want, s.Site)
				}
			}
			if len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
	refused(t, runCommand(t, "sites", "--side", "middle"), []string{"not found"})
}

func TestCellsAreListedForPrograms(t *testing.T) {
	var cells []listedCell
	r := runCommand(t, "cells", "--json", "--label", "stall", "--label", "kill")
	if err := json.Unmarshal([]byte(r.stdout), &cells); err != nil || r.code != 0 {
		t.Fatalf("%v: %v", err, r)
	}
	n := 0
	for _, c := range scenarios.All() {
		if slices.Contains(c.Labels(), "stall") && slices.Contains(c.Labels(), "kill") {
			n++
		}
	}
	if n == 0 || len(cells) != n {
		t.Errorf("%d cells, want %d", len(cells), n)
	}
	for _, c := range cells {
		if len(c.Want) == 0 || !slices.Contains(c.Labels, "stall") {
			t.Errorf("%s has labels %v and wants %v", c.ID, c.Labels, c.Want)
		}
	}
}

// TestHelpSaysWhatExitCodesMean, and that there is completion.
func TestHelpSaysWhatExitCodesMean(t *testing.T) {
	r := runCommand(t, "--help")
	for _, want := range []string{"Exit codes: 0 all is well; 1 ", "2 the command", "3 a second signal", "completion", "repro", "inspect", "judge", "run"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
	if r := runCommand(t, "completion", "bash"); r.code != 0 || !strings.Contains(r.stdout, "killpoint") {
		t.Error(r)
	}
	if r := runCommand(t, "--generate-shell-completion"); r.code != 0 || !strings.Contains(r.stdout, "repro") {
		t.Error(r)
	}
}

// TestCommandsThatRunNoSpecFail: a filter that matches nothing is a success to
// Ginkgo, unless it is told.
func TestCommandsThatRunNoSpecFail(t *testing.T) {
	n := 0
	for _, pattern := range []string{"README.md", "docs/*.md", "ring/*.md", "Makefile", "ci/*", ".ci/*", ".github/workflows/*"} {
		files, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || info.IsDir() {
				continue
			}
			for line := range strings.Lines(read(t, file)) {
				if strings.Contains(line, "ginkgo run") {
					n++
					if !strings.Contains(line, "--fail-on-empty") {
						t.Errorf("%s: no --fail-on-empty in %s", file, line)
					}
				}
			}
		}
	}
	if n == 0 {
		t.Error("no command that runs Ginkgo was found")
	}
}
