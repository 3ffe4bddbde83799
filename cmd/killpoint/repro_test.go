package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/report"
	"killpoint/scenarios"
)

const oneCell = "writer-after-write-advance/kill/poll-off"

func TestReproShowsAllOfOneCell(t *testing.T) {
	r := runCommand(t, "repro", "--out", outFolder(t), oneCell)
	if r.code != 0 {
		t.Fatal(r)
	}
	for _, want := range []string{
		"cell " + oneCell, "at writer-after-write-advance, hit 1: park", "SIGKILL to victim",
		"ring before\n", "ring at the site\n", "ring at death\n", "ring in the end\n",
		"victim, signal SIGKILL", `"op":"push"`, "EXPECTED", "outcome delivered+stall, verdict pass",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
}

func TestReproOfARedCell(t *testing.T) {
	const cell = "writer-after-data-signal/kill/poll-off"
	r := runCommand(t, "repro", "--out", outFolder(t), "--plant", "no-wake", "--json", cell)
	var row report.Row
	if err := json.Unmarshal([]byte(r.stdout), &row); err != nil || r.code != 1 || row.Verdict != report.Fail || row.ID != cell {
		t.Errorf("%s is %s, %v: %v", row.ID, row.Verdict, err, r)
	}
}

func TestReproKeepsWhatRepeatsIt(t *testing.T) {
	out := outFolder(t)
	r := runCommand(t, "repro", "--keep", "--out", out, oneCell)
	folder := filepath.Join(out, "site", scenarios.FolderName(oneCell))
	if r.code != 0 {
		t.Fatal(r)
	}
	for _, name := range []string{"ring", "timeline.jsonl", "before.image", "at-site.image", "at-death.image", "after.image", "victim.commands"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestReproShellSeesTheRing gives it a shell that is a script.
func TestReproShellSeesTheRing(t *testing.T) {
	shell := filepath.Join(t.TempDir(), "shell")
	if err := os.WriteFile(shell, []byte("#!/bin/sh\ntest -f \"$KILLPOINT_RING\" && ls \"$KILLPOINT_DIR\"\nexit 7\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SHELL", shell)
	out := outFolder(t)
	r := runCommand(t, "repro", "--shell", "--out", out, oneCell)
	if r.code != 0 || !strings.Contains(r.stdout, "at-death.image") {
		t.Error(r)
	}
	if left := entries(t, out); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// TestReproPauses has a victim of each mode stand at its site until Enter.
func TestReproPauses(t *testing.T) {
	for _, row := range []struct{ cell, next string }{
		{oneCell, "kill"},
		{"writer-after-write-advance/selfkill/poll-off", "selfkill"},
		{"writer-after-write-advance/panic/poll-off", "panic"},
		{"writer-after-write-advance/stop/poll-off", "stop"},
		{"writer-in-space-wait/kill/poll-off", "kill"},
	} {
		t.Run(strings.ReplaceAll(row.cell, "/", " "), func(t *testing.T) {
			p := startPaused(t, row.cell)
			if !strings.Contains(p.said, "Enter goes on with the cell ("+row.next+")") {
				t.Errorf("it says\n%s", p.said)
			}
			if err := unix.Kill(p.pid, 0); err != nil {
				t.Errorf("the victim: %v", err)
			}
			if _, err := io.WriteString(p.stdin, "\n"); err != nil {
				t.Fatal(err)
			}
			rest, code := p.end(t)
			if code != 0 || !strings.Contains(rest, "verdict pass") {
				t.Errorf("exit code %d\n%s", code, rest)
			}
		})
	}
}

// TestReproPausedIsInterrupted ends the victim with it.
func TestReproPausedIsInterrupted(t *testing.T) {
	p := startPaused(t, oneCell)
	if err := p.cmd.Process.Signal(unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, code := p.end(t)
	if code != 1 || !strings.Contains(rest, "verdict unknown") {
		t.Errorf("exit code %d\n%s", code, rest)
	}
	if err := unix.Kill(p.pid, 0); err != unix.ESRCH {
		t.Errorf("the victim: %v", err)
	}
}

type paused struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	said   string // so far
	pid    int    // the victim's
}

// startPaused runs repro --pause up to the pause.
func startPaused(t *testing.T, cell string) *paused {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // its end is a failure
	t.Cleanup(cancel)
	p := &paused{cmd: exec.CommandContext(ctx, killpoint, "repro", "--pause", "--out", outFolder(t), cell)}
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	for !strings.Contains(p.said, "Ctrl-C ends it") {
		line, err := p.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after\n%s", err, p.said)
		}
		p.said += line
	}
	found := regexp.MustCompile(`go tool -modfile=tools/go\.mod dlv attach (\d+)\b`).FindStringSubmatch(p.said)
	if found == nil {
		t.Fatalf("no line to attach with in\n%s", p.said)
	}
	for _, digit := range found[1] {
		p.pid = 10*p.pid + int(digit-'0')
	}
	return p
}

// end waits for the end of the command.
func (p *paused) end(t *testing.T) (rest string, code int) {
	t.Helper()
	text, err := io.ReadAll(p.stdout)
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Wait()
	return string(text), p.cmd.ProcessState.ExitCode()
}
