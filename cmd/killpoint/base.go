package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"

	"killpoint/internal/workdir"
	"killpoint/scenarios"
)

// base is where a command works: the folder for results, and one for the cells
// that is removed in the end.
type base struct {
	out, bin, work string
	folder         *workdir.Dir // work
	debug          bool         // build for a debugger
	programs       scenarios.Programs
}

func newBase(cmd *cli.Command) (*base, error) {
	out, err := filepath.Abs(cmd.String("out"))
	if err != nil {
		return nil, err
	}
	b := &base{out: out, bin: filepath.Join(out, "bin")}
	if err := os.MkdirAll(b.bin, 0o755); err != nil {
		return nil, elsewhere(err, out)
	}
	if b.folder, err = workdir.Make(out, "work-"); err != nil {
		return nil, elsewhere(err, out)
	}
	b.work = b.folder.Path
	if err := b.fit(); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// elsewhere adds to the error of a folder for results what to do.
func elsewhere(err error, folder string) error {
	return fmt.Errorf("nothing can be written to %s; --out names another folder: %w", folder, err)
}

// writable makes a folder for results, before there are any.
func writable(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return elsewhere(err, folder)
	}
	probe, err := os.MkdirTemp(folder, "probe-")
	if err != nil {
		return elsewhere(err, folder)
	}
	return os.Remove(probe)
}

// prepared is a base with its children built.
func prepared(ctx context.Context, cmd *cli.Command) (*base, error) {
	b, err := newBase(cmd)
	if err != nil {
		return nil, err
	}
	b.debug = cmd.Bool("pause") || cmd.Bool("debug")
	if err := b.build(ctx, cmd.String("plant")); err != nil {
		b.close()
		return nil, err
	}
	if b.programs.Blind != nil {
		fmt.Fprintf(os.Stderr, "killpoint: most cells will be unknown: %v.\n"+
			"That takes /proc and the right to trace one's own children: kernel.yama.ptrace_scope below 3, and in\n"+
			"a container --cap-add=SYS_PTRACE.\n", b.programs.Blind)
	}
	return b, nil
}

// build builds the children, with a planted bug if one is named: such ones are
// not kept.
func (b *base) build(ctx context.Context, plant string) (err error) {
	build := scenarios.BuildChildren
	if b.debug {
		build = scenarios.BuildForDebugging
	}
	if _, missing := exec.LookPath("go"); missing != nil {
		return b.reuse(ctx, plant)
	}
	if plant == "" {
		b.programs, err = build(ctx, b.bin)
		return roomier(err, b.out)
	}
	mutants, _, err := selectBugs(ofRing, []string{plant})
	if err != nil {
		return err
	}
	b.programs, err = build(ctx, b.work, mutants[0].Edits...)
	return roomier(err, b.out)
}

// reuse takes the children of an earlier run where there is no Go toolchain.
func (b *base) reuse(ctx context.Context, plant string) error {
	const missing = "there is no go in PATH, which builds the children: install Go 1.25 or later, or set PATH"
	if plant != "" || b.debug {
		return errors.New(missing)
	}
	var err error
	if b.programs, err = scenarios.BuiltChildren(ctx, b.bin); err != nil {
		return fmt.Errorf("%s; and those of an earlier run cannot be taken: %w", missing, err)
	}
	fmt.Fprintf(os.Stderr, "killpoint: %s; taking those of an earlier run from %s, whatever has changed since\n", missing, relative(b.bin))
	return nil
}

// roomier adds to the error of a full disk what to do.
func roomier(err error, folder string) error {
	// The go tool and its linker are other processes: their error is text.
	if err != nil && (errors.Is(err, unix.ENOSPC) || strings.Contains(err.Error(), unix.ENOSPC.Error())) {
		return fmt.Errorf("%s is full, or another folder that the go tool uses (TMPDIR, GOCACHE); --out names another one: %w", folder, err)
	}
	if err != nil && strings.Contains(err.Error(), "package killpoint/cmd/child is not in std") {
		return fmt.Errorf("this is not killpoint's checkout, from whose sources the children are built; go there: %w", err)
	}
	return err
}

func (b *base) close() { b.folder.Remove() }

func (b *base) plan(cmd *cli.Command, cells []scenarios.Cell) scenarios.Plan {
	seed := cmd.Int64("seed")
	if seed == 0 {
		seed = time.Now().UnixNano() % 1_000_000
	}
	return scenarios.Plan{
		Programs: b.programs, Dir: b.work, Cells: cells, Seed: seed, Repeat: reproCommandLine("", placeholder),
		Parallel: cmd.Int("parallel"), Patience: cmd.Duration("patience"),
	}
}
