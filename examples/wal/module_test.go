package wal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExampleIsSmall counts lines of code, without comments and empty ones, of
// what somebody with plain marks writes: the program, its victim, its cells and
// its exploring.
func TestExampleIsSmall(t *testing.T) {
	lines := 0
	for _, path := range []string{"wal.go", "victim/main.go", "cells_test.go", "explore_test.go"} {
		for line := range strings.Lines(read(t, path)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				lines++
			}
		}
	}
	if lines >= 150 {
		t.Errorf("%d lines, must be under 150", lines)
	}
}

// changed is the text with something in the place of old, which must be in it.
func changed(t *testing.T, text, old, new string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("there is no %q to be replaced in\n%s", old, text)
	}
	return strings.ReplaceAll(text, old, new)
}

// TestExampleWorksInAnotherModule copies it to one that replaces killpoint by
// this checkout, and runs its tests there, with no network.
func TestExampleWorksInAnotherModule(t *testing.T) {
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	own := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(own, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	module := regexp.MustCompile(`(?m)^tool .*\n`).ReplaceAllString(read(t, "../../go.mod"), "")
	first, _, _ := strings.Cut(module, "\n")
	killpoint := strings.TrimPrefix(first, "module ")
	write("go.mod", changed(t, module, first+"\n", "module example.org/own\n")+
		"\nrequire "+killpoint+" v0.0.0\n\nreplace "+killpoint+" => "+strconv.Quote(checkout)+"\n")
	write("go.sum", read(t, "../../go.sum"))
	for _, pattern := range []string{"*.go", "victim/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if path != "module_test.go" && path != "guide_test.go" {
				write(filepath.Join("wal", path), strings.ReplaceAll(read(t, path), "killpoint/examples/wal", "example.org/own/wal"))
			}
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-v", "-count=1", "./...")
	cmd.Dir = own
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"--- PASS: TestCells/after-end/park", "--- PASS: TestCellsWithFailpoints/after-end/park", "ok  \texample.org/own/wal"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("its tests do not say %q:\n%s", want, out)
		}
	}
}
