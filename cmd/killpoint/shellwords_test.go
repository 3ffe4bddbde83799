package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// split has a shell split a line into its words.
func split(t *testing.T, line string) []string {
	t.Helper()
	out, err := exec.Command("/bin/sh", "-c", "set -- "+line+"\nprintf '%s\\0' \"$@\"").CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestShellLineHasItsWords(t *testing.T) {
	words := []string{"a", "", "with a space", "it's", `"`, `back\slash`, "$HOME", "`id`", "*", "~", "#", ";", "&&", "line\nbreak", "größe", "!x", "{a,b}", "a/b-c_d.e+f:g=h%i@j", "\t"}
	if got := split(t, shellLine(words...)); !slices.Equal(got, words) {
		t.Errorf("got %q, want %q", got, words)
	}
	for path, want := range map[string]string{"child": "./child", "-x/child": "./-x/child", "/a/b": "/a/b", "out/child": "out/child"} {
		if got := shellPath(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := strings.ReplaceAll(commandLine("repro", placeholder), placeholder, oneCell); !slices.Equal(split(t, got), []string{os.Args[0], "repro", oneCell}) {
		t.Errorf("got %s", got)
	}
}

// TestPrintedCommandsCanBePasted, from folders with names that a shell would take
// apart, of a program that is not in PATH.
func TestPrintedCommandsCanBePasted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's a größe; $x")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "kill point")
	if err := os.Symlink(killpoint, program); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	run := func(want int, args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		text, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Fatalf("%q: %v\n%s", args, err, text)
		}
		return string(text)
	}
	paste := func(line string, want int) string {
		t.Helper()
		cmd := exec.Command("/bin/sh", "-c", line)
		text, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Errorf("%s: %v\n%s", line, err, text)
		}
		return string(text)
	}
	_, kept, _ := strings.Cut(run(0, "repro", "--keep", "--out", out, oneCell), "\nkept in ")
	var lines []string
	for line := range strings.Lines(kept) {
		if line, found := strings.CutPrefix(line, "  "); found {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	replays := 0
	for _, line := range lines {
		words := split(t, line)
		for _, w := range words {
			if strings.Contains(w, "/") {
				if _, err := os.Stat(w); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		}
		if _, err := exec.LookPath(words[0]); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if words[1] == "replay" {
			replays++ // a victim waits at its site for good
		} else if words[1] == "repro" {
			paste(line+" --out "+shellWord(out), 0) // and not into this folder
		} else {
			paste(line, 0)
		}
	}
	if len(lines) < 5 || replays < 2 {
		t.Errorf("%d lines, %d that start a child, in\n%s", len(lines), replays, kept)
	}
	const red = "writer-after-data-signal/kill/poll-off"
	run(1, "run", "--plant", "no-wake", "--out", out, red)
	saved := read(t, filepath.Join(out, "crash-matrix.json"))
	_, repeat, _ := strings.Cut(saved, `"repeat": `)
	var line string
	if err := json.NewDecoder(strings.NewReader(repeat)).Decode(&line); err != nil {
		t.Fatal(err)
	}
	text := paste(strings.ReplaceAll(line, placeholder, red)+" --out "+shellWord(out), 1)
	if !strings.Contains(text, "cell "+red) {
		t.Errorf("%s: %s", line, text)
	}
}
