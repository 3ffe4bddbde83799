package lint_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestModuleKeepsItsRules holds the rules against this module.
func TestModuleKeepsItsRules(t *testing.T) {
	pkgs, files, paths := packages(t), sources(t), tracked(t)
	for _, row := range []struct {
		rule  string
		wrong []string
	}{
		{"imports run one way", importsRunOneWay(pkgs)},
		{"specs stay in scenarios", specsStayInScenarios(pkgs)},
		{"production is lean", productionIsLean(deps(t, "", "./ring"))},
		{"unsafe is named", unsafeIsNamed(files)},
		{"nothing is rewritten", nothingIsRewritten(paths)},
		{"nothing is built", nothingIsBuilt(paths)},
		{"tests end with their runner", testsEndWithTheirRunner(files)},
	} {
		for _, w := range row.wrong {
			t.Errorf("%s: %s", row.rule, w)
		}
	}
}

// TestRulesAreHeldAgainstSomething looks whether what they are held against is
// really this module.
func TestRulesAreHeldAgainstSomething(t *testing.T) {
	found := map[string]bool{}
	for _, p := range packages(t) {
		short, _ := ours(p.ImportPath)
		found[short] = true
	}
	for name := range leaves {
		if !found[name] {
			t.Errorf("there is no package %s any more", name)
		}
	}
	unsafe := 0
	for _, f := range sources(t) {
		if len(unsafeIsNamed([]source{{Path: "x.go", Imports: f.Imports}})) > 0 {
			unsafe++
		}
	}
	if unsafe == 0 {
		t.Error("no file imports unsafe, not even the ring's")
	}
	if len(productionIsLean(deps(t, "failpoint", "./ring"))) == 0 {
		t.Error("the failpoint build of the ring brings no failpoint")
	}
	if len(tracked(t)) == 0 {
		t.Error("no file is tracked")
	}
}

const top = "../.."

// goTool runs the go tool at the top of the module.
func goTool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = top
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %v: %v", args, err)
	}
	return string(out)
}

// packages lists the packages as they are built with and without markers.
func packages(t *testing.T) (all []pkg) {
	t.Helper()
	for _, tags := range []string{"", "failpoint"} {
		dec := json.NewDecoder(strings.NewReader(goTool(t, "list", "-tags="+tags, "-json=ImportPath,Imports,TestImports,XTestImports", "./...")))
		for {
			var p pkg
			if err := dec.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	return all
}

func deps(t *testing.T, tags, name string) []string {
	t.Helper()
	return strings.Fields(goTool(t, "list", "-tags="+tags, "-deps", name))
}

// walk visits the files that belong to the module.
func walk(t *testing.T, visit func(path string) error) {
	t.Helper()
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (rel == "out" || strings.HasPrefix(rel, ".") && rel != "."):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		return visit(filepath.ToSlash(rel))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sources lists the Go files, whatever their build tags.
func sources(t *testing.T) (files []source) {
	t.Helper()
	walk(t, func(path string) error {
		if filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(top, path))
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		f := source{Path: path, Ends: strings.Contains(string(text), "harness.EndWithParent()")}
		for _, i := range parsed.Imports {
			f.Imports = append(f.Imports, strings.Trim(i.Path.Value, `"`))
		}
		files = append(files, f)
		return nil
	})
	return files
}

// tracked lists what is in version control; without that, all there is.
func tracked(t *testing.T) (paths []string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(top, ".git")); err != nil {
		walk(t, func(path string) error {
			paths = append(paths, path)
			return nil
		})
		return paths
	}
	cmd := exec.Command("git", "-c", "safe.directory=*", "ls-files")
	cmd.Dir = top
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	return strings.Fields(string(out))
}
