package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"killpoint/harness/soak"
)

// TestSoakWritesItsResult, says its seed, and leaves nothing else.
func TestSoakWritesItsResult(t *testing.T) {
	out := outFolder(t)
	r := runCommand(t, "soak", "--kills", "40", "--seed", "5", "--json", "--out", out)
	var result soak.Result
	if err := json.Unmarshal([]byte(r.stdout), &result); err != nil || r.code != 0 {
		t.Fatalf("%v: %v", err, r)
	}
	if result.Seed != 5 || result.Kills != 40 || result.Messages == 0 || !result.Passed() {
		t.Errorf("%+v", result)
	}
	if !strings.Contains(r.stderr, "seed 5") {
		t.Errorf("the seed is not said: %q", r.stderr)
	}
	if kept := read(t, filepath.Join(out, "soak.json")); kept != r.stdout {
		t.Error("the file says something else")
	}
	if left := entries(t, out); !slices.Equal(left, []string{"bin", "soak.json"}) {
		t.Errorf("written: %v", left)
	}
	page := filepath.Join(t.TempDir(), "page.html") // it reads what the command has written
	if r := runCommand(t, "report", "--out", page, out); r.code != 0 || !strings.Contains(read(t, page), fmt.Sprintf("writer %d, reader %d", result.Killed["writer"], result.Killed["reader"])) {
		t.Errorf("the report does not show it: %v", r)
	}
}

// TestSoakFindsAPlantedBug, keeps what there is to see of it, and the command
// that it prints finds it again.
func TestSoakFindsAPlantedBug(t *testing.T) {
	out := outFolder(t)
	r := runCommand(t, "soak", "--seed", "7", "--plant", "no-wake", "--out", out)
	if r.code != 1 || !strings.Contains(r.stdout, "nobody is left to wake them") {
		t.Fatal(r)
	}
	var result soak.Result
	if err := json.Unmarshal([]byte(read(t, filepath.Join(out, "soak.json"))), &result); err != nil || len(result.Findings) != 1 {
		t.Fatalf("%v, %+v", err, result)
	}
	f := result.Findings[0]
	if inspected := runCommand(t, "inspect", filepath.Join(f.Folder, "shared.image")); inspected.code != 0 {
		t.Error(inspected)
	}
	_, again, found := strings.Cut(r.stdout, "again:    ")
	again, _, _ = strings.Cut(again, "\n")
	if !found || again == "" || f.Repeat != again {
		t.Fatalf("no command to repeat it with: %v", r)
	}
	words := split(t, again)
	if words[0] != killpoint {
		t.Errorf("%s does not begin with %s", again, killpoint)
	}
	if r := runCommand(t, append(words[1:], "--out", out)...); r.code != 1 || !strings.Contains(r.stdout, "nobody is left to wake them") {
		t.Errorf("%s: %v", again, r)
	}
}

func TestSoakRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		args []string
		want string
	}{
		"no kill":          {[]string{"--kills", "0"}, "must be at least 1"},
		"no time":          {[]string{"--for", "0s"}, "must be more than 0"},
		"no round":         {[]string{"--round", "-3"}, "must be at least 0"},
		"a bug not known":  {[]string{"--plant", "nothing"}, "there is no planted bug"},
		"what is no flag":  {[]string{"writer"}, `"writer" is no flag`},
		"a time of a kind": {[]string{"--for", "long"}, "long"},
	} {
		out := outFolder(t)
		if r := runCommand(t, append([]string{"soak", "--out", out}, row.args...)...); r.code != 2 || !strings.Contains(r.stderr, row.want) {
			t.Errorf("%s: %v, want exit code 2 and %q", name, r, row.want)
		}
		if left := entries(t, out); slices.Contains(left, "soak.json") {
			t.Errorf("%s: written: %v", name, left)
		}
	}
}

// TestInterruptedSoakLeavesNothing signals a campaign in its midst.
func TestInterruptedSoakLeavesNothing(t *testing.T) {
	eachSignal(t, []string{"soak", "--for", "1h"}, "[", 1, func(t *testing.T, out, _ string) { // after a round
		if left := entries(t, out); !slices.Equal(left, []string{"bin", "soak.json"}) {
			t.Errorf("left behind: %v", left)
		}
		var result soak.Result
		if err := json.Unmarshal([]byte(read(t, filepath.Join(out, "soak.json"))), &result); err != nil || !result.Interrupted || len(result.Findings) > 0 {
			t.Errorf("%v, %+v", err, result)
		}
	})
}
