package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/bench"
)

func TestBenchWritesItsResult(t *testing.T) {
	out, dir := outFolder(t), t.TempDir()
	r := runCommand(t, "bench", "--quick", "--out", out, "--dir", dir, "--impl", "ring", "--impl", "pipe", "--size", "8", "--size", "4096")
	if r.code != 0 {
		t.Fatal(r)
	}
	for _, part := range []string{"Throughput", "Round trips", "System calls", "Targets", "Not measured"} {
		if !strings.Contains(r.stdout, part) {
			t.Errorf("no %q in %s", part, r.stdout)
		}
	}
	text, err := os.ReadFile(filepath.Join(out, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var result bench.Result
	if err := json.Unmarshal(text, &result); err != nil || len(result.Rows) != 4 {
		t.Errorf("%d rows, %v", len(result.Rows), err)
	}
	svg, err := os.Open(filepath.Join(out, "bench.svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer svg.Close()
	for dec := xml.NewDecoder(svg); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("bench.svg is no XML: %v", err)
		}
	}
	if left := entries(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBenchRefuses(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		want string
	}{
		{"an argument", []string{"bench", "ring"}, `"ring" is no flag`},
		{"an implementation that is none", []string{"bench", "--impl", "rings"}, `no implementation "rings"`},
		{"no rounds", []string{"bench", "--rounds", "0"}, "there must be one at least"},
		{"its child run by hand", []string{benchChild}, "started by 'killpoint bench'"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if r := runCommand(t, row.args...); r.code != 2 || !strings.Contains(r.stderr, row.want) {
				t.Errorf("%v, want code 2 and %q", r, row.want)
			}
		})
	}
}

// TestBenchThatCannotBeKeptIsShown: the minutes that it took are not lost.
func TestBenchThatCannotBeKeptIsShown(t *testing.T) {
	out := outFolder(t)
	if err := os.MkdirAll(filepath.Join(out, "bench.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	r := runCommand(t, "bench", "--quick", "--impl", "memcpy", "--size", "64", "--out", out)
	if r.code != 2 || !strings.Contains(r.stdout, "memcpy") || !strings.Contains(r.stderr, "could not be kept") {
		t.Errorf("%v, want code 2, the table, and why it could not be kept", r)
	}
}

// TestEndedBenchLeavesNothing ends a run in its midst, also in a way that it
// cannot see coming. Its children hold its stderr: when that ends, they have.
func TestEndedBenchLeavesNothing(t *testing.T) {
	for _, row := range []struct {
		name string
		sig  unix.Signal
		code int // -1 if it is killed
	}{{"SIGINT", unix.SIGINT, 2}, {"SIGTERM", unix.SIGTERM, 2}, {"SIGKILL", unix.SIGKILL, -1}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), killpoint, "bench", "--quick", "--rounds", "1000000",
				"--impl", "ring", "--size", "64", "--dir", dir, "--out", outFolder(t))
			rest := interrupted(t, cmd, "round 1 of ", row.sig, func() {
				if len(entries(t, dir)) == 0 {
					t.Error("there is no ring, so nothing could be left behind")
				}
			})
			if code := cmd.ProcessState.ExitCode(); code != row.code {
				t.Errorf("exit %v, want code %d\n%s", cmd.ProcessState, row.code, rest)
			}
			if row.code == 2 && !strings.Contains(rest, "signal received") {
				t.Errorf("it does not say that it was interrupted: %s", rest)
			}
			if left := entries(t, dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
