package scenarios

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"killpoint/harness"
	"killpoint/ring"
)

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
	b.Package = "killpoint/cmd/child"
	var err error
	if p.Plain, err = b.Run(ctx); err != nil {
		return p, err
	}
	b.Output += "-failpoint"
	b.Tags = []string{"failpoint"}
	b.Instrument = []string{"killpoint/ring"}
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
	return newLab(ctx, p, folder).result(c)
}

// result plays the cell and judges it.
func (l *lab) result(c Cell) Result {
	r := Result{Cell: c, Verdict: Unknown}
	began := time.Now()
	facts, err := l.play(c)
	r.Hit, r.Exit, r.Spawn, r.Facts = l.hit, l.exit, l.spawn, facts
	r.Evidence = l.evidence()
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
func (l *lab) play(c Cell) (f Facts, err error) {
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

func (l *lab) evidence() Evidence {
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
