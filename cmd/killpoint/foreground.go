package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/urfave/cli/v3"

	"killpoint/scenarios"
)

// inFront tells that a program in the foreground has the terminal: Ctrl-C is
// meant for it then.
var inFront atomic.Bool

// foreground runs a program on the terminal of this one. How it ends is its
// user's business.
func foreground(ctx context.Context, program string, args, env []string, dir string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	inFront.Store(true)
	defer inFront.Store(false)
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		return nil
	}
	return err
}

// shell starts the user's shell beside the ring that a cell has left.
func shell(ctx context.Context, folder, ring string) error {
	program := os.Getenv("SHELL")
	if program == "" {
		program = "/bin/sh"
	}
	fmt.Fprintf(os.Stderr, "\n%s with KILLPOINT_RING=%s and KILLPOINT_DIR=%s; exit ends it\n", program, ring, folder)
	return foreground(ctx, program, nil, []string{"KILLPOINT_RING=" + ring, "KILLPOINT_DIR=" + folder}, "")
}

// pauser lets a person look at parked victims.
type pauser struct {
	ctx    context.Context
	cmd    *cli.Command
	said   io.Writer
	pauses int
	lines  chan struct{} // one for each Enter; closed when standard input ends
}

func (p *pauser) pause(v scenarios.Paused) error {
	p.pauses++
	root, err := moduleRoot(p.ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.said, "\n%s, pid %d, stands at %s, hit %d; its ring is %s\n", v.Name, v.PID, v.Site, v.Hit, v.Ring)
	debugger := fmt.Sprintf("go tool -modfile=tools/go.mod dlv attach %d", v.PID)
	if here, err := os.Getwd(); err != nil || here != root {
		debugger = fmt.Sprintf("(cd %s && %s)", shellWord(root), debugger)
	}
	fmt.Fprintf(p.said, "  %s\n  gdb -p %d\n", debugger, v.PID)
	if p.cmd.Bool("debug") {
		return p.delve(root, v)
	}
	fmt.Fprintf(p.said, "Enter goes on with the cell (%s); Ctrl-C ends it and every child\n", v.Next)
	if p.lines == nil {
		p.lines = make(chan struct{})
		go func(lines chan<- struct{}) {
			defer close(lines)
			for in := bufio.NewScanner(os.Stdin); in.Scan(); {
				lines <- struct{}{}
			}
		}(p.lines)
	}
	select {
	case <-p.lines:
		return nil
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
}

// delve attaches the pinned debugger and shows where the operation stands.
func (p *pauser) delve(root string, v scenarios.Paused) error {
	init, err := os.CreateTemp("", "killpoint-*.dlv")
	if err != nil {
		return err
	}
	defer os.Remove(init.Name())
	if _, err := init.WriteString("goroutine 1 stack\n"); err != nil {
		return err
	}
	if err := init.Close(); err != nil {
		return err
	}
	fmt.Fprintf(p.said, "quit leaves the debugger; answer n to go on with the cell (%s)\n", v.Next)
	args := []string{"tool", "-modfile=" + filepath.Join(root, "tools", "go.mod"), "dlv", "attach", fmt.Sprint(v.PID), "--init", init.Name()}
	return foreground(p.ctx, "go", args, []string{"DELVE_PAGER=cat"}, root)
}

// moduleRoot is the folder of the sources from which children are built, and in a
// copy of which bugs are planted.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "killpoint").Output()
	if err != nil {
		return "", fmt.Errorf("this is not killpoint's checkout; go there: go list: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
