package explored

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"killpoint/harness"
	"killpoint/harness/explore"
	"killpoint/harness/report"
	"killpoint/scenarios/ops"
)

// A Search says how an operation is explored.
type Search struct {
	Build Build
	Dir   string // of what is written meanwhile
	// Names give the states their names; without, none is looked for.
	Names Names
	// Repeat is how many runs more must be the same as the first; one of them, if
	// Engines is set, steps through every instruction.
	Repeat  int
	Engines bool
	// Kill kills a fresh child at every crash point; Live does so once more beside
	// a live peer in each of its states.
	Kill, Live bool
}

// Find explores an operation: all its states, judged, named, and tried.
func (s Search) Find(ctx context.Context, o Operation) (Result, error) {
	began := time.Now()
	r := Result{Op: o.Name, Build: s.Build.Name, Live: map[string]int{}, Sites: []string{}, Unnamed: []string{}, Violations: []string{}}
	err := s.find(ctx, o, &r)
	r.Total = Millis(time.Since(began))
	if err != nil {
		return r, fmt.Errorf("%s, %s: %w", o.Name, s.Build.Name, err)
	}
	return r, nil
}

func (s Search) find(ctx context.Context, o Operation, r *Result) error {
	b, err := newExploration(o, s.Dir)
	if err != nil {
		return err
	}
	defer b.close()
	tr, err := b.explore(ctx, s.Build.Program.Path, nil)
	if err != nil {
		return err
	}
	r.take(tr, s.Names)
	r.Violations = append(r.Violations, b.judgeAll(tr)...)
	if err := s.compare(ctx, b, tr, r); err != nil {
		return err
	}
	if s.Kill {
		if err := b.kill(ctx, s.Build.Program.Path, r); err != nil {
			return err
		}
	}
	if s.Live {
		return s.live(ctx, o, r)
	}
	return nil
}

// compare runs the operation again and again; the states must be the same, and
// the same that the other engine sees.
func (s Search) compare(ctx context.Context, b *exploration, first *explore.Trace, r *Result) error {
	again := func(engine explore.Engine) error {
		b.engine = engine
		defer func() { b.engine = "" }()
		tr, err := b.explore(ctx, s.Build.Program.Path, nil)
		if err != nil {
			return fmt.Errorf("%s engine: %w", engine, err)
		}
		r.Repeats++
		for _, d := range first.Diff(tr) {
			r.wrong("a run with the %s engine differs: %s", engine, d)
		}
		return nil
	}
	if s.Engines {
		if err := again(explore.SingleStep); err != nil {
			return err
		}
	}
	for range s.Repeat {
		if err := again(explore.Mprotect); err != nil {
			return err
		}
	}
	return nil
}

// Name explores an operation on the instrumented build for its names.
func Name(ctx context.Context, o Operation, instrumented Build, dir string) (Names, error) {
	tr, err := Trace(ctx, o, instrumented.Program.Path, explore.Mprotect, dir)
	if err != nil {
		return Names{}, fmt.Errorf("%s, %s: %w", o.Name, instrumented.Name, err)
	}
	return NamesOf(tr), nil
}

// exploration is where one operation is explored: a folder, and the image that every
// run begins with.
type exploration struct {
	Operation
	dir, path string
	before    []byte
	engine    explore.Engine
	fates     []fate // by ordinal, of the trace judged last
}

func newExploration(o Operation, dir string) (*exploration, error) {
	folder, err := os.MkdirTemp(dir, "explored-")
	if err != nil {
		return nil, err
	}
	b := &exploration{Operation: o, dir: folder, path: filepath.Join(folder, "ring")}
	if o.Capacity > 0 {
		if err = o.make(b.path); err == nil {
			b.before, err = os.ReadFile(b.path)
		}
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *exploration) close() { os.RemoveAll(b.dir) }

// config makes a fresh ring, and says how to explore the operation on it.
func (b *exploration) config(program string) (explore.Config, error) {
	if err := b.reset(); err != nil {
		return explore.Config{}, err
	}
	return b.command(program)
}

// reset makes the ring what every run begins with.
func (b *exploration) reset() error {
	for _, leftover := range files(b.path) {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if b.before == nil {
		return nil
	}
	return os.WriteFile(b.path, b.before, 0o600)
}

// command says how to explore the operation on the ring as it is.
func (b *exploration) command(program string) (explore.Config, error) {
	text, err := json.Marshal(ops.Script{Path: b.path, Before: b.Before, Do: b.Do})
	return explore.Config{
		Command:   []string{program, "explore", string(text)},
		Files:     files(b.path),
		Canonical: Canonical,
		Engine:    b.engine,
	}, err
}

// files are those that an operation on a ring may touch: the ring, and the one
// that is to take its place.
func files(path string) []string { return []string{path, path + ".new"} }

// explore runs the operation once. The peer acts when the child is asleep.
func (b *exploration) explore(ctx context.Context, program string, kill *int) (*explore.Trace, error) {
	cfg, err := b.config(program)
	if err != nil {
		return nil, err
	}
	var peer error
	if b.Peer != nil {
		cfg.OnStop = func(s *explore.State) explore.Action {
			if s.Kind == explore.Asleep {
				if peer = b.Peer(b.path); peer != nil {
					return explore.Kill
				}
			}
			return explore.Continue
		}
	}
	if kill != nil {
		trace, err := explore.KillAt(ctx, cfg, *kill)
		return trace, errors.Join(err, peer)
	}
	trace, err := explore.Run(ctx, cfg)
	switch {
	case err != nil || peer != nil:
		return trace, errors.Join(err, peer)
	case b.Sleeps && b.Peer == nil:
		if trace.Ending != explore.Sleeping {
			return trace, fmt.Errorf("it %s and was to sleep", trace.Ending)
		}
		return trace, nil
	}
	return trace, answered(trace)
}

// answered reports whether every step of the operation has succeeded.
func answered(trace *explore.Trace) error {
	var answers []ops.Answer
	if err := json.Unmarshal(trace.Stdout, &answers); err != nil {
		return fmt.Errorf("the child's answers: %w", err)
	}
	for _, a := range answers {
		if a.Err != "" {
			return fmt.Errorf("%s: %s", a.Op, a.Err)
		}
	}
	return nil
}

// judgeAll judges every state, each image once.
func (b *exploration) judgeAll(trace *explore.Trace) (wrong []string) {
	type verdict struct {
		fate  fate
		wrong []string
	}
	judged := map[explore.Hash]verdict{}
	var last fate
	b.fates = nil
	for i := range trace.States {
		s := &trace.States[i]
		done := s.Kind == explore.End
		v, ok := judged[s.Canonical]
		if !ok || done {
			v.fate, v.wrong = judge(b.Operation, s.Image, last, done, b.dir)
			judged[s.Canonical] = v
			for _, w := range v.wrong {
				wrong = append(wrong, fmt.Sprintf("%s: %s", where(s), w))
			}
		}
		if b.claims(trace.States[0].Image, s.Image) {
			wrong = append(wrong, fmt.Sprintf("%s: a header says READY of a body that is not there", where(s)))
		}
		if ok && (v.fate.taken < last.taken || v.fate.sent < last.sent) {
			wrong = append(wrong, fmt.Sprintf("%s: an earlier image comes again", where(s)))
		}
		last = v.fate
		b.fates = append(b.fates, last)
	}
	return append(append(wrong, b.signals(trace)...), b.idleCalls(trace)...)
}

// Trace explores an operation once, on one build, with one engine.
func Trace(ctx context.Context, o Operation, program string, engine explore.Engine, dir string) (*explore.Trace, error) {
	b, err := newExploration(o, dir)
	if err != nil {
		return nil, err
	}
	defer b.close()
	b.engine = engine
	return b.explore(ctx, program, nil)
}

// where says at which line of the ring a state is reached.
func where(s *explore.State) string {
	text := fmt.Sprintf("state %d, %s", s.Ordinal, s.Kind)
	if s.Syscall != nil {
		text += " of " + s.Syscall.Name
	}
	if f, ok := s.In(theRing); ok {
		return text + " at " + f.String()
	}
	return text
}

// The builds of the child that are explored.
const (
	Plain        = "plain"        // the ring as it ships
	Instrumented = "instrumented" // with live markers, which give the states their names
	Race         = "race"         // with the race detector
)

// BuildNames lists them.
func BuildNames() []string { return []string{Plain, Instrumented, Race} }

// ErrNoCompiler: a build with the race detector needs a C compiler, and there is
// none.
var ErrNoCompiler = errors.New("the race detector needs cgo and a C compiler")

// A Build is one of them, built.
type Build struct {
	Name    string
	Program *harness.Program
}

// BuildChild builds the child of that name into dir, with edits made to the
// ring's sources first.
func BuildChild(ctx context.Context, name, dir string, edits ...harness.Edit) (Build, error) {
	b := harness.Build{Package: strings.TrimSuffix(theRing, "ring") + "cmd/child", Output: filepath.Join(dir, "child-explored-"+name), Edits: edits}
	switch name {
	case Plain:
	case Instrumented:
		b.Tags, b.Instrument = []string{"failpoint"}, []string{theRing}
	case Race:
		if err := CanRace(ctx); err != nil {
			return Build{}, err
		}
		b.Race = true
	default:
		return Build{}, fmt.Errorf("there is no build %q; there are %s", name, strings.Join(BuildNames(), ", "))
	}
	p, err := b.Run(ctx)
	return Build{name, p}, err
}

// CanRace returns ErrNoCompiler if there can be no build with the race detector.
func CanRace(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "env", "CGO_ENABLED").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	if strings.TrimSpace(string(out)) != "1" {
		return ErrNoCompiler
	}
	return nil
}

// OperationNames lists the operations.
func OperationNames() (names []string) {
	for _, o := range Operations() {
		names = append(names, o.Name)
	}
	return names
}

// Select picks operations by name; no name is all of them.
func Select(names ...string) (picked []Operation, err error) {
	all := Operations()
	if len(names) == 0 {
		return all, nil
	}
	for _, name := range names {
		i := slices.IndexFunc(all, func(o Operation) bool { return o.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no operation %q; there are %s", name, strings.Join(OperationNames(), ", "))
		}
		picked = append(picked, all[i])
	}
	return picked, nil
}

// A Finding is the first thing that exploring finds wrong with a ring.
type Finding = report.PlantedFinding

// Hunt explores operations on a build until something is wrong: the one called
// first, then all others. It judges images, then lets victims die beside live
// peers. No site is named. It returns nil if nothing is wrong.
func Hunt(ctx context.Context, b Build, dir, first string) (*Finding, error) {
	one, err := Select(first)
	if err != nil {
		return nil, err
	}
	runs := 0
	for _, ops := range [][]Operation{one, Operations()} {
		for _, live := range []bool{false, true} {
			for _, o := range ops {
				runs++
				r, err := Search{Build: b, Dir: dir, Kill: live, Live: live}.Find(ctx, o)
				switch {
				case err != nil && (undecided(err) || ctx.Err() != nil):
					return nil, err
				case err != nil:
					return &Finding{Op: o.Name, What: err.Error(), Runs: runs}, nil
				case len(r.Violations) > 0:
					return &Finding{Op: o.Name, What: r.Violations[0], Runs: runs}, nil
				}
			}
		}
	}
	return nil, nil
}

// undecided reports whether an error says nothing about the ring. Any other one is
// that of an operation that does not do what it is for.
func undecided(err error) bool {
	for _, e := range []error{
		context.Canceled, context.DeadlineExceeded, harness.ErrDeadline,
		explore.ErrCannot, explore.ErrUnsupported, explore.ErrWatchdog, explore.ErrSteps, explore.ErrKilled,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Contest has the named peer act in the middle of the named operation, at each
// of its stops. It returns nil if nothing is wrong.
func Contest(ctx context.Context, b Build, dir, op, peer string) (*Finding, error) {
	for _, d := range Pairings() {
		if d.Op.Name != op || d.Peer.Name != peer {
			continue
		}
		p, err := d.Run(ctx, b.Program.Path, dir)
		if err != nil || len(p.Violations) == 0 {
			return nil, err
		}
		return &Finding{Op: op, What: p.Violations[0], Runs: p.Runs}, nil
	}
	return nil, fmt.Errorf("there is no %q beside a peer that does %q", op, peer)
}

// points are the ordinals at which a victim is killed: the first state of each
// canonical image, and of each number of system calls done with it.
func points(tr *explore.Trace) (ordinals []int) {
	seen := map[crashPoint]bool{}
	for i, m := range crashPoints(tr) {
		m.image = tr.States[i].Canonical
		if !seen[m] {
			seen[m] = true
			ordinals = append(ordinals, i)
		}
	}
	return ordinals
}

// kill kills a fresh child at each point.
func (b *exploration) kill(ctx context.Context, program string, r *Result) error {
	for _, i := range points(r.Trace) {
		s := &r.Trace.States[i]
		dead, err := b.explore(ctx, program, &s.Ordinal)
		if err != nil {
			return err
		}
		r.Kills++
		if !dead.After.Equal(s.Image) {
			r.wrong("%s: a real death leaves another image", where(s))
		}
	}
	return nil
}
