package scenarios

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/report"
	"killpoint/ring"
)

// module is the path of this module, whatever it is called.
var module = strings.TrimSuffix(reflect.TypeFor[ring.Writer]().PkgPath(), "/ring")

// Programs are the builds of the child that a run needs.
type Programs struct {
	Instrumented *harness.Program // with live markers: the victims
	Plain        *harness.Program // the ring as it ships: everybody else

	// Blind says why children cannot be seen asleep; nil if they can. Most cells
	// are unknown then.
	Blind error

	env []string // of all children
}

// BuildChildren builds both into dir, with edits made to the ring's sources
// first.
func BuildChildren(ctx context.Context, dir string, edits ...harness.Edit) (Programs, error) {
	return build(ctx, harness.Build{Output: filepath.Join(dir, "child"), Edits: edits})
}

// BuildForDebugging is BuildChildren without optimizations in the ring.
func BuildForDebugging(ctx context.Context, dir string, edits ...harness.Edit) (Programs, error) {
	return build(ctx, harness.Build{Output: filepath.Join(dir, "child-debug"), Edits: edits, Debug: true})
}

// BuiltChildren takes the children that BuildChildren has left in dir, once they
// have said that they know today's sites.
func BuiltChildren(ctx context.Context, dir string) (Programs, error) {
	path := filepath.Join(dir, "child")
	p := Programs{Plain: &harness.Program{Path: path}, Instrumented: &harness.Program{Path: path + "-failpoint"}}
	err := p.verify(ctx)
	return p, err
}

func build(ctx context.Context, b harness.Build) (Programs, error) {
	var p Programs
	b.Package = module + "/cmd/child"
	var err error
	if p.Plain, err = b.Run(ctx); err != nil {
		return p, err
	}
	b.Output += "-failpoint"
	b.Tags = []string{"failpoint"}
	b.Instrument = []string{module + "/ring"}
	if p.Instrumented, err = b.Run(ctx); err != nil {
		return p, err
	}
	err = p.verify(ctx)
	return p, err
}

// verify asks the children what they are, once for a build: an instrumented
// child must have a live marker for every site of the catalogue.
func (p *Programs) verify(ctx context.Context) error {
	for _, program := range []*harness.Program{p.Instrumented, p.Plain} {
		c, err := program.Start(harness.Config{Name: filepath.Base(program.Path), Role: "reader"})
		if err != nil {
			return err
		}
		hello, err := c.Hello(ctx)
		p.Blind = c.Observable()
		c.Close()
		if err == nil {
			err = program.CanSignal(ctx)
		}
		if err != nil {
			return err
		}
		if program == p.Plain {
			if hello.Instrumented {
				return fmt.Errorf("%s is to run the ring as it ships, but its markers are live: run make failpoint-disable, or build without the failpoint tag", program.Path)
			}
			continue
		}
		if !hello.Instrumented {
			return fmt.Errorf("%s has no live markers, though it was built to have them", program.Path)
		}
		for _, s := range ring.Sites() {
			if s.Marker && !slices.Contains(hello.Sites, string(s.Site)) {
				return fmt.Errorf("%s does not know the site %s: it was built from other sources; remove it and build again", program.Path, s.Site)
			}
		}
	}
	return nil
}

// A Verdict is what a cell comes to.
type Verdict string

// The verdicts. Unknown is no pass: something that had to be seen was not seen
// within the harness's deadline.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown"
)

// A Result is what came of one run of a cell.
type Result struct {
	Cell     Cell
	Verdict  Verdict
	Outcome  string   // as seen
	Detail   []string // what is wrong, a sentence each
	Facts    Facts
	Partial  Facts // what had been seen by then, of a cell that ended early: to be shown, never judged
	Hit      int
	Exit     string
	Duration time.Duration
	Spawn    time.Duration // of which starting children
	// Evidence is what remains of the run.
	Evidence Evidence
}

// Run plays one cell in a folder of its own, made below dir and removed
// afterwards, and judges it. What must happen and does not ends it when ctx
// does. Cells may run side by side.
func Run(ctx context.Context, c Cell, p Programs, dir string) Result {
	folder, err := os.MkdirTemp(dir, "cell-")
	if err != nil {
		return Result{Cell: c, Verdict: Unknown, Detail: []string{err.Error()}}
	}
	defer os.RemoveAll(folder)
	return RunIn(ctx, c, p, folder)
}

// RunIn is Run in a given folder, empty before, that stays.
func RunIn(ctx context.Context, c Cell, p Programs, folder string) Result {
	return newCellRun(ctx, p, folder).result(c)
}

// result plays the cell and judges it.
func (l *cellRun) result(c Cell) Result {
	r := Result{Cell: c, Verdict: Unknown}
	began := time.Now()
	facts, err := l.play(c)
	r.Hit, r.Exit, r.Spawn, r.Facts = l.hit, l.exit, l.spawn, facts
	r.Evidence = l.evidence()
	if err != nil {
		r.Partial = l.partial()
	}
	r.judge(facts, err)
	if err := l.disturbed(); err != nil {
		r.Verdict, r.Detail = Unknown, append([]string{err.Error()}, r.Detail...)
	}
	if r.Verdict != Pass {
		l.addStacks(&r.Evidence)
	}
	l.close()
	r.Duration = time.Since(began)
	return r
}

// partial is what is known of a cell that ended early.
func (l *cellRun) partial() Facts {
	f := Facts{}
	if len(l.stood) > 0 {
		at := l.stood[0].hit
		f[FactSite] = fmt.Sprintf("%s, hit %d", at.Site, at.Hit)
	}
	if l.exit != "" {
		f[FactExit] = l.exit
	}
	return f
}

// judge gives the verdict on facts, or on the error that ended the cell early.
func (r *Result) judge(facts Facts, err error) {
	switch {
	case err == nil:
		r.Outcome = r.Cell.Outcome(facts)
		r.Detail = Judge(r.Cell.Want, facts)
		r.Verdict = Pass
		if len(r.Detail) > 0 {
			r.Verdict = Fail
		}
	default:
		r.Detail = []string{err.Error()}
		if certain(err) {
			r.Verdict = Fail
		}
	}
}

// play runs the cell and turns its early end into an error.
func (l *cellRun) play(c Cell) (f Facts, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case broken:
			err = r.err
		default:
			panic(r) // a mistake in a scenario proves nothing
		}
	}()
	return c.run(l, c), nil
}

func (l *cellRun) evidence() Evidence {
	e := Evidence{Folder: l.dir, Timeline: l.timeline, Before: l.before, AtSite: l.atSite, AtDeath: l.atDeath,
		Messages: l.messages.messages(), Environment: l.programs.env}
	e.After, _ = os.ReadFile(l.ring)
	for _, c := range l.children {
		exit := "alive"
		if x, ok := c.Exit(); ok {
			exit = x.String()
		}
		e.Children = append(e.Children, ChildEvidence{
			Name: c.Name(), Program: c.Program(), Commands: c.Transcript(), Output: c.Output(), Exit: exit,
		})
	}
	return e
}

// Find returns the cell of that id, or an error that helps to find the right
// one.
func Find(id string) (Cell, error) {
	var near []string
	for _, c := range All() {
		if c.ID == id {
			return c, nil
		}
		if strings.HasPrefix(c.ID, id+"/") || strings.Contains(c.ID, id) {
			near = append(near, c.ID)
		}
	}
	if len(near) > 0 {
		return Cell{}, fmt.Errorf("there is no cell %q; there are %s", id, strings.Join(near, ", "))
	}
	return Cell{}, fmt.Errorf("there is no cell %q; 'killpoint cells' lists them", id)
}

// Plan says which cells are run, and how.
type Plan struct {
	Programs Programs
	Dir      string        // where cells make their folders
	Cells    []Cell        // in the order of the report
	Seed     int64         // of the order in which they are run
	Parallel int           // how many side by side
	Patience time.Duration // for each cell; when it ends, the verdict is unknown
	// Evidence is where each cell that does not pass leaves a folder; none if
	// empty. Repeat is the command that repeats a cell; {id} stands for its id.
	Evidence, Repeat string
	// Done is called after each cell, by one goroutine at a time; may be nil.
	Done func(Result)
}

// NeverBegan is what is wrong with a cell that an interrupted run has not run.
const NeverBegan = "interrupted before it began"

// RunAll runs the cells. Once ctx ends, no further cell begins, those that run
// are ended, and all of them are unknown.
func (p Plan) RunAll(ctx context.Context) report.Matrix {
	began := time.Now()
	rows := make([]report.Row, len(p.Cells))
	order := rand.New(rand.NewPCG(uint64(p.Seed), 0)).Perm(len(p.Cells))
	var cells errgroup.Group
	cells.SetLimit(max(p.Parallel, 1))
	var done sync.Mutex
	for _, i := range order {
		cells.Go(func() error {
			if ctx.Err() != nil {
				rows[i] = Result{Cell: p.Cells[i], Verdict: Unknown, Detail: []string{NeverBegan}}.Row()
				return nil
			}
			one, cancel := context.WithTimeout(ctx, p.Patience)
			defer cancel()
			r := Run(one, p.Cells[i], p.Programs, p.Dir)
			if err := p.save(r); err != nil {
				r.Detail = append(r.Detail, err.Error())
			}
			rows[i] = r.Row()
			if p.Done != nil {
				done.Lock()
				defer done.Unlock()
				p.Done(r)
			}
			return nil
		})
	}
	cells.Wait()
	return report.Matrix{
		Go:     runtime.Version(),
		Kernel: kernel(),
		CPUs:   runtime.NumCPU(),
		Seed:   p.Seed,
		Wall:   milliseconds(time.Since(began)),
		Format: report.Format,
		Began:  began.UTC().Truncate(time.Second),
		Repeat: p.Repeat,

		Interrupted: ctx.Err() != nil,
		Sites:       catalogue(),
		Cells:       rows,
	}
}

// save leaves the evidence of a cell that did not pass.
func (p Plan) save(r Result) error {
	if p.Evidence == "" || r.Verdict == Pass {
		return nil
	}
	return harness.SaveFolder(filepath.Join(p.Evidence, FolderName(r.Cell.ID)), func(dir string) error {
		return r.Save(dir, strings.ReplaceAll(p.Repeat, "{id}", r.Cell.ID))
	})
}

// FolderName is the base name of a cell's folder of evidence.
func FolderName(id string) string { return strings.ReplaceAll(id, "/", ".") }

// Row is the result in the words of a report.
func (r Result) Row() report.Row {
	return report.Row{
		ID: r.Cell.ID, Site: string(r.Cell.Site), Role: string(r.Cell.Role), Mode: string(r.Cell.Mode), Poll: r.Cell.Poll(),
		Outcome: r.Outcome, Verdict: string(r.Verdict), Detail: strings.Join(r.Detail, "\n"),
		Duration: milliseconds(r.Duration), Spawn: milliseconds(r.Spawn), Hit: r.Hit, Exit: r.Exit,
		Variant: string(r.Cell.Variant), Labels: r.Cell.moreLabels(), Evidence: r.record(),
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:]) + " " + unix.ByteSliceToString(u.Machine[:])
}

// Shard returns the cells of shard i of n, written "i/n" and counted from 1.
// Which shard a cell belongs to depends on its id alone.
func Shard(cells []Cell, shard string) ([]Cell, error) {
	left, right, ok := strings.Cut(shard, "/")
	i, err1 := strconv.Atoi(left)
	n, err2 := strconv.Atoi(right)
	if !ok || err1 != nil || err2 != nil || i < 1 || i > n {
		return nil, fmt.Errorf("shard %q: must be i/n with 1 <= i <= n, such as 1/4", shard)
	}
	var mine []Cell
	for _, c := range cells {
		h := fnv.New32a()
		h.Write([]byte(c.ID))
		if int(h.Sum32()%uint32(n)) == i-1 {
			mine = append(mine, c)
		}
	}
	return mine, nil
}
