package planted

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"killpoint/harness"
)

// A Tree is a copy of the sources in which bugs are planted, one at a time: it
// may not be used by two goroutines at once.
type Tree struct {
	dir, tmp string
	// Patience bounds one test; the go tool ends one that takes longer, which
	// does not count as caught: a test that hangs names nothing.
	Patience time.Duration
}

// A Result is what became of one planted bug.
type Result struct {
	Bug    Bug
	Caught bool   // the test failed
	Seen   string // the first line that the test failed with
	Missed string // why it is not caught
}

// Copy copies the tree at top into dir, which must be empty or not there. What
// is built or belongs to version control stays behind.
func Copy(top, dir string) (*Tree, error) {
	t := &Tree{dir: filepath.Join(dir, "tree"), tmp: filepath.Join(dir, "tmp"), Patience: 2 * time.Minute}
	if err := os.MkdirAll(t.tmp, 0o755); err != nil {
		return nil, err
	}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		to := filepath.Join(t.dir, rel)
		switch {
		case rel == ".git" || rel == "out":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, info.Mode().Perm()|0o200)
	})
	if err != nil {
		return nil, fmt.Errorf("copy %s: %w", top, err)
	}
	return t, nil
}

// Sound runs the tests of the bugs without any of them planted: each must run
// and pass, or it would prove nothing.
func (t *Tree) Sound(ctx context.Context, bugs []Bug) error {
	tests := map[string][]string{}
	for _, b := range bugs {
		if !slices.Contains(tests[b.Package], b.Test) {
			tests[b.Package] = append(tests[b.Package], b.Test)
		}
	}
	var wrong []error
	for pkg, names := range tests {
		var tops []string
		for _, name := range names {
			name, label, _ := strings.Cut(name, "/")
			if name == Specs {
				seen, err := t.test(ctx, pkg, "^"+Specs+"$", label, t.Patience)
				if err != nil {
					return err
				}
				if seen.end[Specs] != "pass" {
					wrong = append(wrong, fmt.Errorf("the specs of %s with the label %q must pass without a planted bug\n%s", pkg, label, seen.last(Specs)))
				}
				continue
			}
			tops = append(tops, "^"+regexp.QuoteMeta(name)+"$")
		}
		names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, Specs+"/") })
		if len(names) == 0 {
			continue
		}
		seen, err := t.test(ctx, pkg, strings.Join(tops, "|"), "", time.Duration(len(names)+1)*t.Patience)
		if err != nil {
			return err
		}
		for _, name := range names {
			if end := seen.end[name]; end != "pass" {
				wrong = append(wrong, fmt.Errorf("%s of %s must pass without a planted bug; it has come to %q\n%s", name, pkg, end, seen.last(name)))
			}
		}
	}
	return errors.Join(wrong...)
}

// Try plants a bug, runs its test, and takes the bug out again.
func (t *Tree) Try(ctx context.Context, b Bug) (r Result, err error) {
	r.Bug = b
	undo, err := t.plant(b)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, undo()) }()
	test, label := b.Test, ""
	if rest, specs := strings.CutPrefix(test, Specs+"/"); specs {
		test, label = Specs, rest
	}
	var parts []string
	for _, part := range strings.Split(test, "/") {
		parts = append(parts, "^"+regexp.QuoteMeta(part)+"$")
	}
	seen, err := t.test(ctx, b.Package, strings.Join(parts, "/"), label, t.Patience)
	if err != nil {
		return r, err
	}
	switch end := seen.end[test]; {
	case seen.late:
		r.Missed = fmt.Sprintf("%s did not end within %v: bound what it waits for", b.Test, t.Patience)
	case end == "fail":
		r.Caught, r.Seen = true, seen.first(test)
	case end == "":
		r.Missed = fmt.Sprintf("%s did not run: %s", b.Test, seen.last(""))
	default:
		r.Missed = fmt.Sprintf("%s has come to %q", b.Test, end)
	}
	return r, nil
}

// plant makes the edits of a bug and returns how to undo them.
func (t *Tree) plant(b Bug) (undo func() error, err error) {
	before := map[string][]byte{}
	undo = func() error {
		var errs []error
		for path, text := range before {
			errs = append(errs, os.WriteFile(path, text, 0o644))
		}
		return errors.Join(errs...)
	}
	for _, e := range b.Edits {
		path := filepath.Join(t.dir, e.File)
		text, err := os.ReadFile(path)
		if err == nil {
			if n := bytes.Count(text, []byte(e.Old)); n != 1 {
				err = fmt.Errorf("the text to replace is in %s %d times, must be there once:\n%s", e.File, n, e.Old)
			}
		}
		if err == nil {
			if _, again := before[path]; !again {
				before[path] = text
			}
			err = os.WriteFile(path, bytes.Replace(text, []byte(e.Old), []byte(e.New), 1), 0o644)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("planted bug %s: %w", b.Name, err), undo())
		}
	}
	return undo, nil
}

// seen is what a run of tests has said.
type seen struct {
	end    map[string]string   // the last word on each test: pass, fail or skip
	output map[string][]string // its lines; those of no test under ""
	late   bool                // the go tool ended it for want of time
}

// test runs tests of a package of the copy, or specs with a label. That they fail
// is no error.
func (t *Tree) test(ctx context.Context, pkg, pattern, label string, limit time.Duration) (*seen, error) {
	args := []string{"test", "-json", "-count=1", "-vet=off", "-timeout=" + limit.String(), "-run=" + pattern, "./" + pkg}
	if label != "" {
		args = append(args, "-args", "-ginkgo.no-color", "-ginkgo.label-filter="+label)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "TMPDIR="+t.tmp)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := harness.RunTied(cmd)
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && !errors.As(err, &failed):
		return nil, fmt.Errorf("go test %s: %w", pkg, err)
	}
	return readSeen(stdout.Bytes(), stderr.Bytes()), nil
}

// readSeen reads what go test -json has printed.
func readSeen(stdout, stderr []byte) *seen {
	s := &seen{end: map[string]string{}, output: map[string][]string{}}
	for line := range bytes.Lines(stdout) {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(line, &e) != nil {
			s.output[""] = append(s.output[""], string(line))
			continue
		}
		switch e.Action {
		case "output", "build-output":
			s.output[e.Test] = append(s.output[e.Test], e.Output)
			s.late = s.late || strings.HasPrefix(e.Output, "panic: test timed out after")
		case "pass", "fail", "skip":
			if e.Test != "" {
				s.end[e.Test] = e.Action
			}
		}
	}
	if len(stderr) > 0 {
		s.output[""] = append(s.output[""], string(stderr))
	}
	return s
}

// first is the first line that a failed test, or one below it, has printed.
func (s *seen) first(test string) string {
	for _, name := range append([]string{test}, s.below(test)...) {
		for _, line := range s.output[name] {
			line = strings.TrimSpace(line)
			if _, failed, ok := strings.Cut(line, "[FAILED] "); ok && !strings.HasPrefix(failed, "[") {
				return failed // of a spec
			}
			if test != Specs && line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
				return line
			}
		}
	}
	return ""
}

func (s *seen) below(test string) (names []string) {
	for name := range s.output {
		if strings.HasPrefix(name, test+"/") && s.end[name] == "fail" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// last is the end of what a test, and the package, have printed.
func (s *seen) last(test string) string {
	lines := s.output[test]
	if test != "" {
		lines = slices.Concat(lines, s.output[""])
	}
	const most = 2000
	text := strings.TrimSpace(strings.Join(lines, ""))
	return text[max(0, len(text)-most):]
}
