package explored

import (
	"context"
	"fmt"
	"time"

	"killpoint/harness/explore"
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
	// Kill has a fresh child die at every moment; Live does so once more beside
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
	b, err := newBench(o, s.Dir)
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
func (s Search) compare(ctx context.Context, b *bench, first *explore.Trace, r *Result) error {
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
