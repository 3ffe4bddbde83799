package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"killpoint/ring"
	"killpoint/scenarios"
)

func reproCommand() *cli.Command {
	return &cli.Command{
		Name:      "repro",
		Aliases:   []string{"site"},
		Usage:     "run one cell, or replay saved evidence, and show all of it",
		ArgsUsage: "CELL | SITE | FOLDER",
		Description: "CELL is run as the matrix runs it; then come its timeline, the ring before, at and after death, what each\n" +
			"child was told, and the facts, seen and expected. SITE is a cell of that site: see --mode and --poll.\n" +
			"FOLDER, with the evidence of a cell, has fresh peers open a copy of the ring as the victim left it.",
		Flags: []cli.Flag{
			outFlag(),
			patienceFlag("the cell"),
			&cli.StringFlag{Name: "mode", Usage: "kill, selfkill, panic or stop (default kill)"},
			&cli.StringFlag{Name: "poll", Usage: "on, off, or late for a peer that comes afterwards"},
			plantFlag(),
			&cli.BoolFlag{Name: "keep", Usage: "keep ring, images, timeline and every child's commands, and print how to start a child by hand"},
			&cli.BoolFlag{Name: "pause", Usage: "leave the victim parked at its site, print how to attach a debugger, and wait for Enter"},
			&cli.BoolFlag{Name: "debug", Usage: "the same, and attach Delve at once"},
			&cli.BoolFlag{Name: "shell", Usage: "start $SHELL afterwards, with KILLPOINT_RING and KILLPOINT_DIR set"},
			jsonFlag(),
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.NArg() != 1 {
				return errors.New("repro: name one site, one cell or one folder of evidence; 'killpoint sites' and 'killpoint cells' list them")
			}
			name := cmd.Args().First()
			if info, err := os.Stat(name); err == nil && info.IsDir() {
				return replay(ctx, cmd, name)
			} else if err == nil {
				return fmt.Errorf("repro: %s is no folder: name the folder of evidence, such as one in out/failed, or a cell", name)
			}
			c, err := pick(name, cmd.String("mode"), cmd.String("poll"))
			if err != nil {
				return err
			}
			return repro(ctx, cmd, c)
		},
	}
}

// repro runs one cell and shows it.
func repro(ctx context.Context, cmd *cli.Command, c scenarios.Cell) (err error) {
	base, err := prepared(ctx, cmd)
	if err != nil {
		return err
	}
	defer base.close()
	folder := filepath.Join(base.work, "cell")
	if cmd.Bool("keep") {
		folder = filepath.Join(base.out, "site", scenarios.FolderName(c.ID))
		// What an earlier run has left stays until there is something better.
		before := folder + ".before"
		if _, kept := os.Stat(before); kept == nil {
			err = os.RemoveAll(folder) // of a run that broke off
		} else if err = os.Rename(folder, before); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		if err != nil {
			return err
		}
		defer func() {
			if err == nil || errors.Is(err, errRed) {
				os.RemoveAll(before)
			}
		}()
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	// What is said while the cell runs, and by programs in between, must not mix
	// with JSON.
	said := said(cmd)
	var r scenarios.Result
	if base.debug {
		p := pauser{ctx: ctx, cmd: cmd, said: said}
		r = scenarios.RunPaused(ctx, c, base.programs, folder, p.pause)
		if p.pauses == 0 {
			fmt.Fprintf(said, "nobody was paused: no victim of %s came to a site\n", c.ID)
		}
	} else {
		limited, cancel := context.WithTimeout(ctx, cmd.Duration("patience"))
		defer cancel()
		r = scenarios.RunIn(limited, c, base.programs, folder)
	}
	return finish(ctx, cmd, r, folder, said)
}

// finish shows a result, keeps what is to be kept, and turns a bad one into an
// error.
func finish(ctx context.Context, cmd *cli.Command, r scenarios.Result, folder string, said io.Writer) error {
	if cmd.Bool("json") {
		if err := printJSON(r.Row()); err != nil {
			return err
		}
	} else {
		describe(os.Stdout, r)
	}
	if cmd.Bool("keep") || cmd.Bool("shell") {
		if err := r.Save(folder, reproCommandLine(cmd.String("plant"), r.Cell.ID)); err != nil {
			return err
		}
	}
	if cmd.Bool("keep") {
		keep(said, r, folder)
	}
	if cmd.Bool("shell") {
		if err := shell(ctx, folder, filepath.Join(folder, "ring")); err != nil {
			return err
		}
	}
	if r.Verdict != scenarios.Pass {
		return errRed
	}
	return nil
}

// pick finds a cell by its id, or by site, or site and operation, with mode and
// polling; what is left out is kill, and the first row and variant that there is.
func pick(name, mode, poll string) (scenarios.Cell, error) {
	var rows []scenarios.Cell
	for _, c := range scenarios.All() {
		if strings.HasPrefix(c.ID, name+"/") && (string(c.Site) == name || string(c.Site)+"/"+c.Where == name) {
			rows = append(rows, c)
		}
	}
	switch {
	case len(rows) > 0:
		return pickRow(rows, name, mode, poll)
	case !strings.Contains(name, "/"):
		return scenarios.Cell{}, fmt.Errorf("there is no site %q; 'killpoint sites' lists them", name)
	case mode != "" || poll != "":
		return scenarios.Cell{}, fmt.Errorf("%s is a whole cell: leave mode and poll away", name)
	}
	return scenarios.Find(name)
}

// pickRow picks one of a site's cells.
func pickRow(cells []scenarios.Cell, name, mode, poll string) (scenarios.Cell, error) {
	if mode == "" {
		mode = string(scenarios.Kill)
	}
	var there []string
	for _, c := range cells {
		if string(c.Mode) == mode && (poll == "" || c.Poll() == poll || string(c.Variant) == poll) {
			return c, nil
		}
		there = append(there, c.ID)
	}
	return scenarios.Cell{}, fmt.Errorf("site %s has no cell with mode %q and poll %q; there are\n  %s", name, mode, poll, strings.Join(there, "\n  "))
}

// reproCommandLine is the command that repeats a cell.
func reproCommandLine(plant, id string) string {
	if plant != "" {
		return commandLine("repro", "--plant", plant, id)
	}
	return commandLine("repro", id)
}

// replay has fresh peers open what a folder of evidence holds.
func replay(ctx context.Context, cmd *cli.Command, folder string) error {
	for _, name := range []string{"mode", "poll", "pause", "debug"} {
		if cmd.IsSet(name) {
			return fmt.Errorf("repro: %s is evidence, without a victim: --%s is for cells", folder, name)
		}
	}
	saved, evidence, err := scenarios.Load(folder)
	if err != nil {
		return err
	}
	c, err := scenarios.Find(saved.Cell)
	if err != nil {
		return fmt.Errorf("repro: %s is of no cell that there is today: %w", folder, err)
	}
	if evidence.AtDeath == nil {
		return fmt.Errorf("repro: %s holds no %s: there was no victim, or it had not died; repeat the cell: %s", folder, scenarios.DeathImage, reproCommandLine(cmd.String("plant"), c.ID))
	}
	base, err := prepared(ctx, cmd)
	if err != nil {
		return err
	}
	defer base.close()
	work := filepath.Join(base.work, "replay")
	if cmd.Bool("keep") {
		work = filepath.Join(base.out, "replay", scenarios.FolderName(c.ID))
	}
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(work, 0o755)); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, cmd.Duration("patience"))
	defer cancel()
	r := scenarios.Replay(limited, c, evidence, base.programs, work)
	said := said(cmd)
	fmt.Fprintf(said, "fresh peers on the ring of %s, which was %s then; its victim: %s\n\n", saved.Cell, saved.Verdict, saved.Exit)
	return finish(ctx, cmd, r, work, said)
}

// describe shows all there is to see of one cell.
func describe(w io.Writer, r scenarios.Result) {
	fmt.Fprintf(w, "cell %s\n", r.Cell.ID)
	fmt.Fprintf(w, "\ntimeline, all processes on one clock\n%s", r.Evidence.Timeline)
	for _, image := range r.Evidence.Images() {
		fmt.Fprintf(w, "\nring %s\n%s", image.When, ring.Decode(image.Bytes))
	}
	for _, c := range r.Evidence.Children {
		fmt.Fprintf(w, "\n%s, %s: %s was told\n", c.Name, c.Exit, relative(c.Program))
		for line := range bytes.Lines(c.Commands) {
			fmt.Fprintf(w, "  %s", line)
		}
	}
	fmt.Fprintln(w, "\nfacts")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  FACT\tSEEN\tEXPECTED")
	for _, f := range r.Row().Evidence.Facts {
		seen, want := "(not seen)", "(nothing)"
		if known, ok := r.Partial[f.Name]; ok && f.Seen == nil {
			f.Seen = &known
		}
		if f.Seen != nil {
			seen = *f.Seen
		}
		if f.Want != nil {
			want = *f.Want
		}
		mark := ""
		switch {
		case f.Right():
		case f.Seen == nil: // of a cell that ended early, or could not be watched
			mark = "\t<-- could not be seen"
			if len(r.Facts) > 0 {
				mark = "\t<-- MISSING"
			}
		default:
			mark = "\t<-- WRONG"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s%s\n", f.Name, seen, want, mark)
	}
	t.Flush()
	word := map[scenarios.Verdict]string{scenarios.Fail: "WRONG", scenarios.Unknown: "UNKNOWN"}[r.Verdict]
	for _, d := range r.Detail {
		fmt.Fprintf(w, "  %s %s\n", word, strings.ReplaceAll(d, "\n", "\n  "))
	}
	fmt.Fprintf(w, "\noutcome %s, verdict %s, %.1f ms\n", r.Outcome, r.Verdict, float64(r.Duration.Microseconds())/1000)
}

// keep says what was kept and how to go on by hand.
func keep(w io.Writer, r scenarios.Result, folder string) {
	shown := shellPath(folder)
	fmt.Fprintf(w, "\nkept in %s: ring, timeline.jsonl, images (*.image), each child's commands (*.commands)\n", shown)
	in := func(name string) string { return shellPath(filepath.Join(folder, name)) }
	fmt.Fprintf(w, "  %s\n  %s\n", commandLine("inspect", in("ring")), commandLine("repro", shown))
	restore := shellLine("cp", in(scenarios.BeforeImage), in("ring"))
	if r.Evidence.Before == nil {
		restore = shellLine("rm", "-f", in("ring"))
	}
	for _, c := range r.Evidence.Children {
		fmt.Fprintf(w, "\n%s (%s)\n", c.Name, c.Exit)
		if c.Name == "victim" {
			fmt.Fprintf(w, "  %s\n", restore)
		}
		fmt.Fprintf(w, "  %s\n", shellLine(shellPath(c.Program), "replay", in(c.CommandsFile())))
	}
}

// relative is the path as seen from here, if that is shorter.
func relative(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

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
	own, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("this program does not know its module: build it with make build")
	}
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", own.Main.Path).Output()
	if err != nil {
		return "", fmt.Errorf("this is not killpoint's checkout; go there: go list: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
