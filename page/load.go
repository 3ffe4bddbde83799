package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"killpoint/bench"
	"killpoint/harness/report"
)

// A Report is everything that was found. Parts that were not there are nil.
type Report struct {
	Runs    []Run // the latest first
	Bench   *bench.Result
	Explore *Explore
	Soak    *report.Soak
	Mutants []report.Planted
	// MutantsRun reports whether planted bugs were tried at all.
	MutantsRun bool
}

// parts are the files beside the matrix.
var parts = []string{"explore.json", "soak.json", "bench.json", "mutants.json"}

// ErrNothing says that there was nothing to report.
var ErrNothing = errors.New("no crash-matrix*.json, explore.json, soak.json, bench.json or mutants.json")

// file is one JSON file that was found.
type file struct {
	path  string
	saved time.Time
}

// Load reads what the folders hold, themselves and not those below them; a file
// may be named as well. Where a part other than the matrix is there more than
// once, the latest counts. Errors: ErrNothing, and those of reading; a file that
// cannot be understood is an error and is named.
func Load(paths ...string) (*Report, error) {
	var matrices []file
	latest := map[string]file{}
	for _, path := range paths {
		files, err := find(path)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			switch base := filepath.Base(f.path); {
			case strings.HasPrefix(base, "crash-matrix"):
				matrices = append(matrices, f)
			case !slices.Contains(parts, base):
				return nil, fmt.Errorf("%s is none of crash-matrix*.json, %s", f.path, strings.Join(parts, ", "))
			case f.saved.After(latest[base].saved):
				latest[base] = f
			}
		}
	}
	if len(matrices)+len(latest) == 0 {
		return nil, fmt.Errorf("%w in %s", ErrNothing, strings.Join(paths, ", "))
	}
	r := new(Report)
	var err error
	if r.Runs, err = loadRuns(matrices); err != nil {
		return nil, err
	}
	for name, into := range map[string]any{"bench.json": &r.Bench, "explore.json": &r.Explore, "soak.json": &r.Soak, "mutants.json": &r.Mutants} {
		if f, ok := latest[name]; ok {
			if err := readJSON(f.path, into); err != nil {
				return nil, err
			}
			r.MutantsRun = r.MutantsRun || name == "mutants.json"
		}
	}
	return r, nil
}

// find returns the files that matter at path, each once.
func find(path string) ([]file, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []file{{path, info.ModTime()}}, nil
	}
	var files []file
	for _, pattern := range append([]string{"crash-matrix*.json"}, parts...) {
		names, err := filepath.Glob(filepath.Join(escapeGlob(path), pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil {
				return nil, err
			}
			files = append(files, file{name, info.ModTime()})
		}
	}
	return files, nil
}

// escapeGlob makes a path a pattern for itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func readJSON(path string, into any) error {
	text, err := report.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// loadRuns reads matrices and puts shards together.
func loadRuns(files []file) ([]Run, error) {
	var whole []Run
	var shards []Run
	seen := map[string]bool{}
	for _, f := range files {
		path, err := filepath.Abs(f.path)
		if err != nil {
			return nil, err
		}
		if seen[path] {
			continue
		}
		seen[path] = true
		m, err := report.Read(f.path)
		if err != nil {
			return nil, err
		}
		run := Run{Matrix: m, Files: []string{f.path}, saved: f.saved}
		if m.Shard == "" {
			whole = append(whole, run)
		} else {
			shards = append(shards, run)
		}
	}
	runs := append(whole, join(shards)...)
	slices.SortStableFunc(runs, func(a, b Run) int { return b.When().Compare(a.When()) })
	return withoutTwins(runs), nil
}

// speed is a result of the benchmark as tables: a line for each implementation,
// a column for each size.
type speed struct {
	*bench.Result
	Sizes []int
	Lines []speedLine
	Chart template.HTML // the SVG that the benchmark draws of itself
}

type speedLine struct {
	Impl string
	Rows []*bench.Row // one a size, nil where not measured
}

func newSpeed(r *bench.Result) (*speed, error) {
	var drawing strings.Builder
	if err := r.WriteSVG(&drawing); err != nil {
		return nil, err
	}
	s := &speed{Result: r, Chart: template.HTML(drawing.String())}
	for _, row := range r.Rows {
		if !slices.Contains(s.Sizes, row.Size) {
			s.Sizes = append(s.Sizes, row.Size)
		}
	}
	slices.Sort(s.Sizes)
	for i := range r.Rows {
		row := &r.Rows[i]
		at := slices.IndexFunc(s.Lines, func(l speedLine) bool { return l.Impl == row.Impl })
		if at < 0 {
			at, s.Lines = len(s.Lines), append(s.Lines, speedLine{row.Impl, make([]*bench.Row, len(s.Sizes))})
		}
		s.Lines[at].Rows[slices.Index(s.Sizes, row.Size)] = row
	}
	return s, nil
}

// nanoseconds writes a time as people read it.
func nanoseconds(ns float64) string {
	switch {
	case ns < 10:
		return fmt.Sprintf("%.1f ns", ns)
	case ns < 1000:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	}
	return fmt.Sprintf("%.1f ms", ns/1e6)
}

// ratio writes how many times; nil is not known.
func ratio(r *float64) string {
	switch {
	case r == nil:
		return "–"
	case *r < 10:
		return fmt.Sprintf("%.2f×", *r)
	}
	return fmt.Sprintf("%.0f×", *r)
}
