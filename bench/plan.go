package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// A Plan says what to measure. Child is needed, all else has a default.
type Plan struct {
	// Child is the command line, program first, that starts a process which
	// calls [Child] and nothing else.
	Child []string
	// Dir takes the rings: a folder in memory. Empty means /dev/shm, and the
	// folder for temporary files where there is none.
	Dir    string
	Rounds int      // 7 by default
	Impls  []string // names; all by default
	Sizes  []int    // in bytes, 8 to 1 MiB; Sizes() by default
	// Quick shows that all of it works, in a second or two: one round of few
	// messages. Its figures mean nothing.
	Quick    bool
	Progress io.Writer // takes a line a round; nil means nobody
	Stderr   *os.File  // what children complain of; os.Stderr by default

	// For tests; see course.
	skip    uint64
	began   func([]*process)
	tracees []int
}

// Limits of a plan.
const (
	defaultRounds = 7
	maxSize       = 1 << 20
)

// session is a plan at work.
type session struct {
	Plan
	*course
	impls  []Impl
	effort effort
	result Result
	counts map[cell]uint64 // messages or trips that make a run
	took   map[cell][]outcome
	trips  map[cell][]outcome
}

// cell is what is measured once a round.
type cell struct {
	impl string
	size int
	load string // of round trips
}

// Run measures what the plan says. It ends early with the context's error, and
// with the first error of a child: then there is no result.
func Run(ctx context.Context, p Plan) (*Result, error) {
	began := time.Now()
	s := &session{Plan: p, counts: map[cell]uint64{}, took: map[cell][]outcome{}, trips: map[cell][]outcome{}}
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	s.result.Environment = environment(s.Dir, s.Rounds)
	c, err := newCourse(ctx, p.Child, s.Dir, s.Stderr)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	c.skip, c.began, c.tracees, s.course = p.skip, p.began, p.tracees, c
	err = s.measure(ctx)
	if err := errors.Join(err, c.end()); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	s.summarize()
	s.result.Environment.LoadEnd = loadAverage()
	s.result.Environment.Wall = time.Since(began).Seconds()
	return &s.result, nil
}

// complete puts in the defaults and checks the rest.
func (s *session) complete() error {
	if len(s.Child) == 0 {
		return errors.New("the plan has no command line for children")
	}
	if s.Stderr == nil {
		s.Stderr = os.Stderr
	}
	if s.Progress == nil {
		s.Progress = io.Discard
	}
	s.effort = full
	if s.Quick {
		s.effort = quick
	}
	if s.Rounds < 0 {
		return fmt.Errorf("%d rounds", s.Rounds)
	}
	if s.Rounds == 0 {
		s.Rounds = s.effort.rounds
	}
	if len(s.Sizes) == 0 {
		s.Sizes = Sizes()
	}
	for _, size := range s.Sizes {
		if size < minSize || size > maxSize {
			return fmt.Errorf("messages of %d bytes: %d to %d are possible", size, minSize, maxSize)
		}
	}
	if len(s.Impls) == 0 {
		s.Impls = Names()
	}
	for _, name := range s.Impls {
		if _, err := findImpl(name); err != nil {
			return err
		}
	}
	s.impls = slices.DeleteFunc(slices.Clone(impls), func(i Impl) bool { return !slices.Contains(s.Impls, i.Name) })
	return s.chooseDir("/dev/shm")
}

// chooseDir takes the folder in memory if there is one.
func (s *session) chooseDir(memory string) error {
	if s.Dir == "" {
		s.Dir = memory
		if info, err := os.Stat(memory); err != nil || !info.IsDir() {
			s.Dir = os.TempDir()
			s.note("There is no %s here: the rings were in %s, which may be on a disk.", memory, s.Dir)
		}
	}
	_, err := os.Stat(s.Dir)
	return err
}

func (s *session) note(format string, args ...any) {
	s.result.Notes = append(s.result.Notes, fmt.Sprintf(format, args...))
}

// capacity is the size of a ring and of the areas of memcpy, in bytes.
const capacity = 8 << 20

// role is what a child does.
type role string

const (
	writer  role = "writer"
	reader  role = "reader"
	pinger  role = "ping"
	echoer  role = "echo"
	spinner role = "spin"  // keeps a processor busy
	tracer  role = "trace" // counts the system calls of others
	// janitor waits for the parent's end, whatever else runs then, so that the
	// folder is removed.
	janitor role = "janitor"
)

// job is what a child is told on its first line.
type job struct {
	Role  role
	Impl  string
	Size  int
	Count uint64 // messages or round trips
	Dir   string // with rings and areas; removed when the parent is gone
	Out   int    // descriptor of the stream to write to; 0 if there is none
	In    int    // of the one to read from
	// Traceable: the tracer will come.
	Traceable bool
	Pids      []int // for the tracer
	// Skip plants a fault: the writer leaves out the message with this id. 0
	// leaves out none.
	Skip uint64
}

// said is what a child says: that it is ready, and what came of it.
type said struct {
	Ready    bool
	Err      string            `json:",omitempty"`
	Lost     bool              `json:",omitempty"` // Err is that the other end is gone
	Ended    int64             // when the last message was done, monotonic, in ns
	Mallocs  uint64            // objects allocated in the run
	Switches int64             // context switches in the run
	Trips    int64             // round trips in the figures below
	P50      int64             // ns
	P99      int64             // ns
	P999     int64             // ns
	Calls    map[string]uint64 `json:",omitempty"` // system calls by name
}

// startLine is the parent's signal.
const startLine = "start"
