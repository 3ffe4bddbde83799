package explored

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"killpoint/harness/explore"
)

// bench is where one operation is explored: a folder, and the image that every
// run begins with.
type bench struct {
	Operation
	dir, path string
	before    []byte
	engine    explore.Engine
	fates     []fate // by ordinal, of the trace judged last
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
	if err := b.reset(); err != nil {
		return explore.Config{}, err
	}
	return b.command(program)
}

// reset makes the ring what every run begins with.
func (b *bench) reset() error {
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
func (b *bench) command(program string) (explore.Config, error) {
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
	b, err := newBench(o, dir)
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
