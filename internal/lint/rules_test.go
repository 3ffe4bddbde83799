package lint_test

import (
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"killpoint/internal/planted"
)

// module is the import path of this module, whatever it is called.
var module = strings.TrimSuffix(reflect.TypeFor[planted.Bug]().PkgPath(), "/internal/planted")

// pkg is what go list says of a package.
type pkg struct {
	ImportPath   string
	Imports      []string // of what is no test
	TestImports  []string
	XTestImports []string
}

// source is one Go file.
type source struct {
	Path    string // from the top of the module
	Imports []string
	Ends    bool // it is a test's, and ends with who runs it
}

// ours is an import path of this module without the module, if it is one.
func ours(importPath string) (short string, ok bool) {
	return strings.CutPrefix(importPath, module+"/")
}

// below reports whether a package is the given one or one of its folders.
func below(short, top string) bool { return short == top || strings.HasPrefix(short, top+"/") }

// leaves are the packages that may import only what is named here of ours.
var leaves = map[string][]string{
	"ring":                     {},
	"bench":                    {"ring"},
	"page":                     {"bench", "harness/report"},
	"harness":                  {"harness/control", "harness/internal/inherit", "harness/internal/threads"},
	"harness/internal/inherit": {},
	"harness/internal/threads": {},
	"harness/control":          {},
	"internal/planted":         {"harness"},
	"harness/report":           {},
	"harness/agent":            {"harness/control"},
	"harness/agent/failpoints": {},
	"harness/explore":          {"harness/explore/internal/wire", "harness/internal/inherit", "harness/internal/threads"},
	"harness/explore/victim":   {"harness/explore/internal/wire"},
	"harness/harnesstest":      {"harness", "harness/control"},
	"harness/soak":             {"harness", "harness/report", "harness/soak/ledger"},
	"harness/soak/ledger":      {},
	"scenarios/ops":            {},
	"scenarios/soaked":         {"harness", "harness/soak", "harness/soak/ledger", "ring", "scenarios/ops"},
	"examples/wal":             {},
	"examples/wal/victim":      {"examples/wal", "harness/agent", "harness/agent/failpoints", "harness/explore/victim"},
}

// importsRunOneWay: the leaves know only what is below them, nothing of the
// harness, not even its tests, knows the ring, an example knows the harness
// alone, and nobody but the command and the specs knows the scenarios; the child
// knows the calls that they make.
func importsRunOneWay(pkgs []pkg) (wrong []string) {
	for _, p := range pkgs {
		short, _ := ours(p.ImportPath)
		if allowed, ok := leaves[short]; ok {
			for _, i := range p.Imports {
				if name, ok := ours(i); ok && !slices.Contains(allowed, name) {
					wrong = append(wrong, fmt.Sprintf("%s imports %s; of ours it may import only %v", short, name, allowed))
				}
			}
		}
		for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			name, ok := ours(i)
			if !ok {
				continue
			}
			if below(short, "harness") && !below(name, "harness") {
				wrong = append(wrong, fmt.Sprintf("%s imports %s; the harness is for any program", short, name))
			}
			if below(short, "examples") && !below(name, "examples") && !below(name, "harness") {
				wrong = append(wrong, fmt.Sprintf("%s imports %s; an example is a program of somebody else's", short, name))
			}
			if below(name, "scenarios") && short != "cmd/killpoint" && !below(short, "scenarios") && !(short == "cmd/child" && name == "scenarios/ops") {
				wrong = append(wrong, fmt.Sprintf("%s imports %s; only cmd/killpoint and the specs do", short, name))
			}
			if below(name, "cmd") {
				wrong = append(wrong, fmt.Sprintf("%s imports %s, a command", short, name))
			}
		}
	}
	return wrong
}

// specsStayInScenarios: the test framework is for the specs of the scenarios;
// the report may use its JUnit types.
func specsStayInScenarios(pkgs []pkg) (wrong []string) {
	const framework = "github.com/onsi/"
	for _, p := range pkgs {
		short, _ := ours(p.ImportPath)
		for _, i := range p.Imports {
			if strings.HasPrefix(i, framework) && !(short == "harness/report" && i == framework+"ginkgo/v2/reporters") {
				wrong = append(wrong, fmt.Sprintf("%s imports %s, and is no test", short, i))
			}
		}
		for _, i := range slices.Concat(p.TestImports, p.XTestImports) {
			if strings.HasPrefix(i, framework) && !below(short, "scenarios") {
				wrong = append(wrong, fmt.Sprintf("the tests of %s import %s; only those of scenarios do", short, i))
			}
		}
	}
	return wrong
}

// productionIsLean: the ring as it ships brings the standard library and x/sys,
// and no failpoint, which would bring an HTTP server.
func productionIsLean(deps []string) (wrong []string) {
	for _, d := range deps {
		first, _, _ := strings.Cut(d, "/")
		switch {
		case below(d, module+"/ring"), below(d, "golang.org/x/sys"):
		case d == "net/http":
			wrong = append(wrong, "the ring brings net/http")
		case first == module, strings.Contains(first, "."):
			wrong = append(wrong, fmt.Sprintf("the ring brings %s", d))
		}
	}
	return wrong
}

// unsafeIsNamed: a file that imports unsafe says so in its name.
func unsafeIsNamed(files []source) (wrong []string) {
	for _, f := range files {
		if slices.Contains(f.Imports, "unsafe") && !strings.Contains(path.Base(f.Path), "unsafe") {
			wrong = append(wrong, fmt.Sprintf("%s imports unsafe; only files that have it in their name do", f.Path))
		}
	}
	return wrong
}

// nothingIsRewritten: what failpoint leaves in a rewritten tree is not kept.
func nothingIsRewritten(paths []string) (wrong []string) {
	for _, p := range paths {
		if strings.HasSuffix(p, "__failpoint_stash__") || strings.HasSuffix(p, "__failpoint_binding__.go") {
			wrong = append(wrong, fmt.Sprintf("%s is left of failpoint's rewriting; run make failpoint-disable", p))
		}
	}
	return wrong
}

// nothingIsBuilt: what a build or a run leaves is not kept.
func nothingIsBuilt(paths []string) (wrong []string) {
	for _, p := range paths {
		if strings.HasPrefix(p, "out/") || strings.Contains(p, "/out/") {
			wrong = append(wrong, fmt.Sprintf("%s is left of a run; remove it", p))
		}
	}
	return wrong
}

// testsEndWithTheirRunner: tests that start processes call EndWithParent, so
// that nothing goes on when who runs them is killed. The ring's know nothing of
// the harness, and take seconds.
func testsEndWithTheirRunner(files []source) (wrong []string) {
	ends, starts := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		dir := path.Dir(f.Path)
		if !strings.HasSuffix(f.Path, "_test.go") || dir == "ring" || below(f.Path, "page/browsertest") {
			continue
		}
		ends[dir] = ends[dir] || f.Ends
		for _, i := range f.Imports {
			name, _ := ours(i)
			starts[dir] = starts[dir] || i == "os/exec" || name == "harness" || name == "internal/planted" || name == "scenarios/explored" || name == "scenarios/soaked"
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(starts)) {
		if starts[dir] && !ends[dir] {
			wrong = append(wrong, fmt.Sprintf("the tests of %s start processes and outlive their runner: call harness.EndWithParent in TestMain", dir))
		}
	}
	return wrong
}
