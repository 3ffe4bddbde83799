package explored

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"killpoint/harness/explore"
)

// Programs are the builds of the child that are explored.
type Programs struct {
	Plain        string // path of the ring as it ships
	Instrumented string // with live markers, which give the states their names
}

// A Result is what exploring one operation has found.
type Result struct {
	Op        string
	Stores    int
	Syscalls  int
	States    int
	Images    int
	Canonical int
	Kills     int      // real deaths, one at each canonical state
	Sites     []string // that are the image of some canonical state
	// Unnamed are the canonical states that are the image at no site, and
	// neither that before the operation nor that after it.
	Unnamed    []string
	Violations []string
	Explored   time.Duration // the operation alone, under the engine
	Total      time.Duration // with all that was run
	Trace      *explore.Trace
}

// Run explores an operation, below dir.
func Run(ctx context.Context, o Operation, p Programs, dir string) (Result, error) {
	began := time.Now()
	r := Result{Op: o.Name}
	b, err := newBench(o, dir)
	if err != nil {
		return r, fmt.Errorf("%s: %w", o.Name, err)
	}
	defer b.close()
	if r.Trace, err = b.explore(ctx, p.Plain, nil); err != nil {
		return r, fmt.Errorf("%s: %w", o.Name, err)
	}
	st := r.Trace.Stats
	r.Stores, r.Syscalls, r.States = st.Stores, st.Syscalls, len(r.Trace.States)
	r.Images, r.Canonical, r.Explored = st.Images, st.Canonical, st.Operation
	r.Violations = b.judgeAll(r.Trace)
	if err := b.kill(ctx, p.Plain, &r); err != nil {
		return r, fmt.Errorf("%s: %w", o.Name, err)
	}
	if p.Instrumented != "" {
		named, err := b.explore(ctx, p.Instrumented, nil)
		if err != nil {
			return r, fmt.Errorf("%s, instrumented: %w", o.Name, err)
		}
		r.name(named)
	}
	r.Total = time.Since(began)
	return r, nil
}

// bench is where one operation is explored: a folder, and the image that every
// run begins with.
type bench struct {
	Operation
	dir, path string
	before    []byte
	engine    explore.Engine
}

func newBench(o Operation, dir string) (*bench, error) {
	folder, err := os.MkdirTemp(dir, "explored-")
	if err != nil {
		return nil, err
	}
	b := &bench{Operation: o, dir: folder, path: filepath.Join(folder, "ring")}
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

func (b *bench) close() { os.RemoveAll(b.dir) }

// config makes a fresh ring, and says how to explore the operation on it.
func (b *bench) config(program string) (explore.Config, error) {
	for _, leftover := range files(b.path) {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, os.ErrNotExist) {
			return explore.Config{}, err
		}
	}
	if b.before != nil {
		if err := os.WriteFile(b.path, b.before, 0o600); err != nil {
			return explore.Config{}, err
		}
	}
	text, err := json.Marshal(struct {
		Path       string
		Before, Do []Step
	}{b.path, b.Before, b.Do})
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
func (b *bench) explore(ctx context.Context, program string, kill *int) (*explore.Trace, error) {
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

// answered tells whether every step of the operation has succeeded.
func answered(trace *explore.Trace) error {
	var answers []struct{ Op, Err string }
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
func (b *bench) judgeAll(trace *explore.Trace) (wrong []string) {
	type verdict struct {
		fate  fate
		wrong []string
	}
	judged := map[explore.Hash]verdict{}
	var last fate
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
	}
	return append(wrong, b.signals(trace)...)
}

// Trace explores an operation once, on one build, with one engine.
func Trace(ctx context.Context, o Operation, program string, engine explore.Engine, dir string) (*explore.Trace, error) {
	b, err := newBench(o, dir)
	if err != nil {
		return nil, err
	}
	defer b.close()
	b.engine = engine
	return b.explore(ctx, program, nil)
}

// kill has a fresh child die at the first state of each canonical image.
func (b *bench) kill(ctx context.Context, program string, r *Result) error {
	killed := map[explore.Hash]bool{}
	for i := range r.Trace.States {
		s := &r.Trace.States[i]
		if killed[s.Canonical] {
			continue
		}
		killed[s.Canonical] = true
		dead, err := b.explore(ctx, program, &s.Ordinal)
		if err != nil {
			return err
		}
		r.Kills++
		if !dead.After.Equal(s.Image) {
			r.Violations = append(r.Violations, fmt.Sprintf("%s: a real death leaves another image", where(s)))
		}
	}
	return nil
}

// name finds the sites whose images the canonical states are.
func (r *Result) name(named *explore.Trace) {
	sites := map[explore.Hash][]string{
		r.Trace.States[0].Canonical: {"before"},
		r.Trace.Last().Canonical:    {"after"},
	}
	for _, s := range named.States {
		if s.Kind == explore.Mark && !slices.Contains(sites[s.Canonical], s.Name) {
			sites[s.Canonical] = append(sites[s.Canonical], s.Name)
		}
	}
	seen := map[explore.Hash]bool{}
	for i := range r.Trace.States {
		s := &r.Trace.States[i]
		if seen[s.Canonical] {
			continue
		}
		seen[s.Canonical] = true
		names := sites[s.Canonical]
		if len(names) == 0 {
			r.Unnamed = append(r.Unnamed, where(s))
		}
		for _, n := range names {
			if n != "before" && n != "after" {
				r.Sites = append(r.Sites, n)
			}
		}
	}
}

// where says at which line of the ring a state is reached.
func where(s *explore.State) string {
	text := fmt.Sprintf("state %d, %s", s.Ordinal, s.Kind)
	if s.Syscall != nil {
		text += " of " + s.Syscall.Name
	}
	if f, ok := s.In("killpoint/ring"); ok {
		return text + " at " + f.String()
	}
	return text
}
