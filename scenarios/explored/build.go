package explored

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"killpoint/harness"
)

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
	b := harness.Build{Package: "killpoint/cmd/child", Output: filepath.Join(dir, "child-explored-"+name), Edits: edits}
	switch name {
	case Plain:
	case Instrumented:
		b.Tags, b.Instrument = []string{"failpoint"}, []string{"killpoint/ring"}
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
