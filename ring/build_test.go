package ring_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTheRingDependsOnTheStandardLibraryAndUnixAlone(t *testing.T) {
	want := []string{"golang.org/x/sys/unix", "killpoint/ring"}
	if got := foreign(t); !slices.Equal(got, want) {
		t.Fatalf("packages outside the standard library: %q, want %q", got, want)
	}
}

func TestOnlyTheTagBringsFailpointsIn(t *testing.T) {
	if got := foreign(t, "-tags", "failpoint"); !slices.Contains(got, "github.com/pingcap/failpoint") {
		t.Fatalf("packages outside the standard library: %q, want failpoint among them", got)
	}
}

func TestTheRingBuildsWithTheTag(t *testing.T) {
	goTool(t, "build", "-buildvcs=false", "-tags", "failpoint", "-o", filepath.Join(t.TempDir(), "ring.a"), ".")
}

func foreign(t *testing.T, flags ...string) []string {
	t.Helper()
	args := slices.Concat([]string{"list", "-deps"}, flags, []string{"-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "."})
	packages := strings.Fields(goTool(t, args...))
	slices.Sort(packages)
	return packages
}

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

func TestUnsafeCodeIsWhereTheFileNameSaysSo(t *testing.T) {
	for _, name := range sources(t) {
		imports := slices.ContainsFunc(parse(t, name).Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"unsafe"` })
		if named := strings.Contains(name, "unsafe"); imports != named {
			t.Errorf("%s: imports unsafe: %v, is named so: %v", name, imports, named)
		}
	}
}

func TestMarkersCompileToNothing(t *testing.T) {
	asIs := machineCode(t, nil)
	if len(asIs) < 20 {
		t.Fatalf("only %d functions of the ring are in the program", len(asIs))
	}
	if changed := difference(asIs, machineCode(t, withoutMarks(t))); len(changed) > 0 {
		t.Fatalf("functions that differ without the markers: %q", changed)
	}
}

// The comparison above would be worth nothing if it could not see a marker.
func TestAMarkerThatDoesSomethingWouldBeSeen(t *testing.T) {
	busy := []byte("package ring\n\nvar marks int\n\nfunc mark(Site) { marks++ }\n")
	changed := difference(machineCode(t, nil), machineCode(t, map[string][]byte{"mark_off.go": busy}))
	for _, function := range []string{"killpoint/ring.(*Writer).succeed", "killpoint/ring.(*Writer).publish", "killpoint/ring.(*Reader).take"} {
		if !slices.Contains(changed, function) {
			t.Errorf("%s is not among the functions that differ: %q", function, changed)
		}
	}
}

// probe is a program that uses all of the ring that has markers.
const probe = `package main

import (
	"context"

	"killpoint/ring"
)

func main() {
	ctx := context.Background()
	w, _ := ring.Create("x", 64, ring.WithReplace())
	w.Push(ctx, nil)
	w.PushBatch(ctx, nil)
	w.Reserve(ctx, 0)
	w.Commit(0)
	ring.Attach("x")
	r, _ := ring.Open("x")
	r.Pop(ctx, nil)
	r.Peek(ctx)
	r.Release()
}
`

// machineCode builds the probe, with some of the ring's sources replaced, and
// returns the instructions of each of the ring's functions: sorted and without
// operands, because the compiler may swap two that do not depend on each other,
// and two places on the stack.
func machineCode(t *testing.T, replaced map[string][]byte) map[string][]string {
	t.Helper()
	dir := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay := map[string]string{}
	add := func(name string, content []byte) {
		t.Helper()
		file := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(here, name)] = file
	}
	add("probe/main.go", []byte(probe))
	for name, content := range replaced {
		add(name, content)
	}
	config, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	configFile, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "probe")
	if err := os.WriteFile(configFile, config, 0o600); err != nil {
		t.Fatal(err)
	}
	goTool(t, "build", "-buildvcs=false", "-overlay", configFile, "-o", program, "./probe")
	return instructions(goTool(t, "tool", "objdump", "-s", `^killpoint/ring\.`, program))
}

// instructions reads a disassembly: a TEXT line for each function, then lines
// of source position, address, encoding, mnemonic.
func instructions(disassembly string) map[string][]string {
	code := map[string][]string{}
	var function string
	for line := range strings.Lines(disassembly) {
		fields := strings.Fields(line)
		switch {
		case len(fields) >= 2 && fields[0] == "TEXT":
			function = strings.TrimSuffix(fields[1], "(SB)")
		case len(fields) >= 4:
			code[function] = append(code[function], fields[3])
		}
	}
	for _, mnemonics := range code {
		slices.Sort(mnemonics)
	}
	return code
}

// difference names the functions that are not the same in both programs.
func difference(a, b map[string][]string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if !slices.Equal(a[name], b[name]) {
			names = append(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if a[name] == nil {
			names = append(names, name)
		}
	}
	return names
}

// withoutMarks returns the sources with every statement mark(...) blanked out,
// on lines that stay where they are.
func withoutMarks(t *testing.T) map[string][]byte {
	t.Helper()
	blanked := map[string][]byte{}
	for _, name := range sources(t) {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if stmt, ok := n.(*ast.ExprStmt); ok && isMark(stmt.X) {
				from, to := fset.Position(stmt.Pos()).Offset, fset.Position(stmt.End()).Offset
				copy(source[from:to], bytes.Repeat([]byte{' '}, to-from))
				blanked[name] = source
			}
			return true
		})
	}
	for _, name := range []string{"create.go", "end.go", "wait.go", "writer.go", "reader.go"} {
		if blanked[name] == nil {
			t.Fatalf("no marker was found in %s", name)
		}
	}
	return blanked
}

func isMark(x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	name, ok := call.Fun.(*ast.Ident)
	return ok && name.Name == "mark"
}
