package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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

// fit reports why cells cannot be run in a folder for results, if they cannot:
// each of them would be unknown, for a reason that one refusal can name. The
// children are run from bin, and the rings are mapped in work.
func (b *base) fit() error {
	if err := executable(b.bin); err != nil {
		return err
	}
	if err := shared(b.work); err != nil {
		return err
	}
	return temporary()
}

// executable reports that programs below a folder cannot be run.
func executable(folder string) error {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return fmt.Errorf("look at the file system of %s: %w", folder, err)
	}
	if s.Flags&unix.ST_NOEXEC != 0 {
		return fmt.Errorf("no program can be run from %s: its file system is mounted noexec; --out names another folder", folder)
	}
	return nil
}

// shared reports that a folder has no files that two processes can map and both
// write to, as rings are.
func shared(folder string) error {
	path := filepath.Join(folder, "map")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return elsewhere(err, folder)
	}
	defer os.Remove(path)
	defer f.Close()
	size := os.Getpagesize()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(size)); err == unix.ENOSPC || err == unix.EDQUOT {
		return fmt.Errorf("%s is full; --out names another folder: %w", folder, err)
	}
	if err := f.Truncate(int64(size)); err != nil {
		return elsewhere(err, folder)
	}
	mapped, err := mapShared(int(f.Fd()), size)
	if err != nil {
		return fmt.Errorf("no file in %s can be mapped by two processes, as a ring must be; --out names another folder, such as one in /dev/shm: %w", folder, err)
	}
	return unix.Munmap(mapped)
}

// mapShared is a variable for the tests: no file system that a test can mount
// refuses it.
var mapShared = func(fd, size int) ([]byte, error) {
	return unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

// temporary reports that the folder for temporary files, which the go tool needs,
// is not there or may not be written to.
func temporary() error {
	folder := os.TempDir()
	probe, err := os.MkdirTemp(folder, "killpoint-probe-")
	if err != nil {
		return fmt.Errorf("no temporary file can be made in %s; set TMPDIR to a folder that may be written to: %w", folder, err)
	}
	return os.Remove(probe)
}

func outFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "out", Value: "out", Validator: named,
		Usage: "`FOLDER` for reports, binaries and everything else that is written",
	}
}

func parallelFlag(what string) cli.Flag {
	return &cli.IntFlag{
		Name: "parallel", Aliases: []string{"p"}, Value: runtime.NumCPU(), Validator: positive[int],
		Usage: what + " side by side",
	}
}

func patienceFlag(what string) cli.Flag {
	return &cli.DurationFlag{
		Name: "patience", Value: time.Minute, Validator: positive[time.Duration],
		Usage: "time for " + what + "; when it ends, the verdict is unknown",
	}
}

// named refuses an empty name, which would be that of the folder one is in.
func named(name string) error {
	if name == "" {
		return errors.New("that is no name")
	}
	return nil
}

// positive refuses what is no amount.
func positive[T int | time.Duration](n T) error {
	if n <= 0 {
		return errors.New("it must be more than 0")
	}
	return nil
}

// misused says what is wrong with a flag, and nothing that scrolls it away.
func misused(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	return fmt.Errorf("%w; 'killpoint %s --help' lists the flags", err, cmd.Name)
}

func plantFlag() cli.Flag {
	return &cli.StringFlag{Name: "plant", Usage: "plant the bug `NAME` in the ring first, to see what a red run looks like; 'killpoint mutants' has them all"}
}

func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON, and nothing else, to standard output"}
}

func runFlags() []cli.Flag {
	return []cli.Flag{
		outFlag(),
		&cli.Int64Flag{Name: "seed", Usage: "order in which cells are run; 0 takes one from the clock"},
		parallelFlag("cells run"),
		patienceFlag("one cell"),
	}
}

// said is where text for people goes: beside JSON, which has standard output for
// itself, to standard error.
func said(cmd *cli.Command) io.Writer {
	if cmd.Bool("json") {
		return os.Stderr
	}
	return os.Stdout
}
