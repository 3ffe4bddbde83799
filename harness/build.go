package harness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pingcap/failpoint/code"
)

// A Program is a child that was built and can be started.
type Program struct {
	Path string
}

// Build says how to build a child. The source tree is never touched: what
// differs from it goes to the compiler as an overlay, so that instrumented and
// plain builds share one build cache and stack traces keep the real paths.
type Build struct {
	// Package is the import path of the child's main package, or a path
	// relative to Dir; required.
	Package string
	// Output is the path of the executable; required.
	Output string
	// Dir is a directory in the child's module; empty means the current one.
	Dir string
	// Instrument are the packages, named like Package, whose failpoint markers
	// are made live. A package that was rewritten in place is taken as it is.
	Instrument []string
	// Tags are build tags.
	Tags []string
	// Debug leaves out optimizations in Package and what is instrumented, so that
	// a debugger shows every variable.
	Debug bool
	// Race builds with the race detector.
	Race bool
	// Edits are changes to the sources, made before instrumenting.
	Edits []Edit
}

// An Edit replaces one piece of source text. Old must occur exactly once in
// the file: an edit that no longer fits its file is an error, not a no-op.
type Edit struct {
	Package string // named like Build.Package
	File    string // base name
	Old     string
	New     string
}

const (
	bindingFile = "binding__failpoint_binding__.go"
	stashSuffix = "__failpoint_stash__"
)

// Run builds the child.
func (b Build) Run(ctx context.Context) (*Program, error) {
	if err := b.takeFlags(ctx); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "killpoint-build-")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBuild, err)
	}
	defer os.RemoveAll(work)
	o := overlay{dir: work, Replace: map[string]string{}}
	for _, e := range b.Edits {
		if err := b.edit(ctx, &o, e); err != nil {
			return nil, fmt.Errorf("%w: edit of %s/%s: %w", ErrBuild, e.Package, e.File, err)
		}
	}
	for _, pkg := range b.Instrument {
		if err := b.instrument(ctx, &o, pkg); err != nil {
			return nil, fmt.Errorf("%w: instrument %s: %w", ErrBuild, pkg, err)
		}
	}
	if err := o.addProofs(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBuild, err)
	}
	index, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBuild, err)
	}
	file := filepath.Join(work, "overlay.json")
	if err := os.WriteFile(file, index, 0o600); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBuild, err)
	}
	out, err := filepath.Abs(b.Output)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBuild, err)
	}
	if err := b.reaches(ctx, &o, file); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBuild, err)
	}
	// An older program must not answer in the place of one that was not made.
	if err := os.Remove(out); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: remove the older program: %w", ErrBuild, err)
	}
	args := []string{"build", "-buildvcs=false", "-overlay", file, "-o", out, "-tags", strings.Join(b.Tags, ",")}
	if b.Race {
		args = append(args, "-race")
	}
	if b.Debug {
		for _, pkg := range append([]string{b.Package}, b.Instrument...) {
			args = append(args, "-gcflags="+pkg+"=-N -l")
		}
	}
	if _, err := b.goCommand(ctx, append(args, b.Package)...); err != nil {
		return nil, o.inTree(err)
	}
	if err := o.proven(out); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBuild, err)
	}
	return &Program{Path: out}, nil
}

// goCommand runs the go tool and returns what it printed.
func (b Build) goCommand(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.Dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := RunTied(cmd); err != nil {
		return "", fmt.Errorf("%w: go %s: %w\n%s", ErrBuild, args[0], err, stderr.String())
	}
	return stdout.String(), nil
}

// sources returns the directory of a package and its Go files for these tags.
func (b Build) sources(ctx context.Context, pkg string) (dir string, files []string, err error) {
	out, err := b.goCommand(ctx, "list", "-buildvcs=false", "-tags", strings.Join(b.Tags, ","), "-f", "{{.Dir}}{{range .GoFiles}}\n{{.}}{{end}}{{range .CgoFiles}}\n{{.}}{{end}}", pkg)
	if err != nil {
		return "", nil, err
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[0], lines[1:], nil
}

// inTree is sources of a package that is to be changed. The go tool takes no
// overlay of files in its module cache.
func (b Build) inTree(ctx context.Context, pkg string) (dir string, files []string, err error) {
	if dir, files, err = b.sources(ctx, pkg); err != nil {
		return "", nil, err
	}
	cache, err := b.goCommand(ctx, "env", "GOMODCACHE")
	if err != nil {
		return "", nil, err
	}
	if rel, err := filepath.Rel(strings.TrimSpace(cache), dir); err == nil && filepath.IsLocal(rel) {
		return "", nil, fmt.Errorf("%s is in the module cache, where nothing can be changed: run go mod vendor, or copy the module and name the copy in a replace directive of go.mod", dir)
	}
	return dir, files, nil
}

func (b Build) edit(ctx context.Context, o *overlay, e Edit) error {
	dir, _, err := b.inTree(ctx, e.Package)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, e.File)
	src, err := o.read(path)
	if err != nil {
		return err
	}
	was, becomes := []byte(e.Old), []byte(e.New)
	if crlf := []byte("\r\n"); !bytes.Contains(src, was) && bytes.Contains(src, crlf) { // a checkout with another end of line
		was, becomes = bytes.ReplaceAll(was, []byte("\n"), crlf), bytes.ReplaceAll(becomes, []byte("\n"), crlf)
	}
	if n := bytes.Count(src, was); n != 1 {
		return fmt.Errorf("the text to replace occurs %d times, must occur once:\n%s", n, e.Old)
	}
	return o.put(path, bytes.Replace(src, was, becomes, 1))
}

// instrument rewrites the markers of one package with failpoint's own rewriter.
func (b Build) instrument(ctx context.Context, o *overlay, pkg string) error {
	dir, files, err := b.inTree(ctx, pkg)
	if err != nil {
		return err
	}
	if slices.Contains(files, bindingFile) {
		return nil // rewritten in place
	}
	var pkgName string
	for _, name := range files {
		path := filepath.Join(dir, name)
		var out bytes.Buffer
		r := code.NewRewriter(dir)
		r.SetAllowNotChecked(true)
		r.SetOutput(&out)
		if err := r.RewriteFile(o.current(path)); err != nil {
			return err
		}
		text := out.Bytes()
		if !r.GetRewritten() {
			if text, err = o.read(path); err != nil {
				return err
			}
		}
		if err := deadMarkers(path, text); err != nil {
			return err
		}
		if !r.GetRewritten() {
			continue
		}
		pkgName = r.GetCurrentFile().Name.Name
		if err := o.put(path, out.Bytes()); err != nil {
			return err
		}
	}
	if pkgName == "" {
		return fmt.Errorf("no failpoint marker in %s with tags %v", dir, b.Tags)
	}
	return o.put(filepath.Join(dir, bindingFile), []byte(fmt.Sprintf(`package %s

import "reflect"

type failpointBinding struct{}

var failpointPackage = reflect.TypeOf(failpointBinding{}).PkgPath()

func %s(name string) string { return failpointPackage + "/" + name }
`, pkgName, code.ExtendPkgName)))
}

// overlay is what go build -overlay takes: files of the tree, and what is to
// be compiled in their place.
type overlay struct {
	dir     string
	files   int // written so far
	proofs  []proof
	Replace map[string]string
}

// current is where the present text of a file is.
func (o *overlay) current(path string) string {
	if p, ok := o.Replace[path]; ok {
		return p
	}
	return path
}

func (o *overlay) read(path string) ([]byte, error) { return os.ReadFile(o.current(path)) }

// inTree is an error of the go tool that names files of the tree, and not what
// is compiled in their place.
func (o *overlay) inTree(err error) error {
	var names []string
	for path, file := range o.Replace {
		names = append(names, file, path)
	}
	if text := strings.NewReplacer(names...).Replace(err.Error()); text != err.Error() {
		return fmt.Errorf("%w: with what was changed:%s", ErrBuild, strings.TrimPrefix(text, ErrBuild.Error()+":"))
	}
	return err
}

// put has text compiled in the place of a file.
func (o *overlay) put(path string, text []byte) error {
	o.files++
	file := filepath.Join(o.dir, fmt.Sprintf("%d-%s", o.files, filepath.Base(path)))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	o.Replace[path] = file
	return nil
}

// takeFlags takes what GOFLAGS asks for: tags are added to the build's own. What
// would keep edits and markers out of the program is refused.
func (b *Build) takeFlags(ctx context.Context) error {
	out, err := b.goCommand(ctx, "env", "GOFLAGS")
	if err != nil {
		return err
	}
	for flag := range strings.FieldsSeq(out) {
		name, value, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
		switch name {
		case "tags":
			b.Tags = append(slices.Clone(b.Tags), strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })...)
		case "overlay", "n", "cover", "covermode", "coverpkg":
			return fmt.Errorf("%w: GOFLAGS has -%s, with which edits and markers do not reach the program: take it out of GOFLAGS for this run", ErrBuild, name)
		}
	}
	return nil
}

// reaches makes sure that the compiler takes every file of the overlay.
func (b Build) reaches(ctx context.Context, o *overlay, file string) error {
	if len(o.Replace) == 0 {
		return nil
	}
	args := []string{"list", "-buildvcs=false", "-deps", "-overlay", file, "-tags", strings.Join(b.Tags, ",")}
	if b.Race {
		args = append(args, "-race")
	}
	const format = `{{$dir := .Dir}}{{if not .Standard}}{{range .GoFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{range .CgoFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{end}}`
	out, err := b.goCommand(ctx, append(args, "-f", format, b.Package)...)
	if err != nil {
		return err
	}
	compiled, folders := map[string]bool{}, map[string]bool{}
	for path := range strings.Lines(out) {
		path = strings.TrimSuffix(path, "\n")
		compiled[path], folders[filepath.Dir(path)] = true, true
	}
	for _, path := range slices.Sorted(maps.Keys(o.Replace)) {
		switch {
		case compiled[path]:
		case folders[filepath.Dir(path)]:
			return fmt.Errorf("%s would be changed, and is not compiled: its build constraints leave it out, with tags %v", path, b.Tags)
		default:
			return fmt.Errorf("%s would be changed, and is not compiled: %s does not import its package", path, b.Package)
		}
	}
	return nil
}

// addProofs adds to each file of the overlay, behind all lines that it has, what shows
// in the program that this very text was compiled.
func (o *overlay) addProofs() error {
	for i, path := range slices.Sorted(maps.Keys(o.Replace)) {
		text, err := o.read(path)
		if err != nil {
			return err
		}
		token := fmt.Sprintf("killpoint:overlay:%x", sha256.Sum256(fmt.Appendf(nil, "%s\n%s", path, text)))
		text = fmt.Appendf(text, `

var killpointOverlay%[1]d = %[2]q

func init() {
	if killpointOverlay%[1]d == "" {
		panic(killpointOverlay%[1]d)
	}
}
`, i, token)
		if err := os.WriteFile(o.Replace[path], text, 0o600); err != nil {
			return err
		}
		o.proofs = append(o.proofs, proof{path, token})
	}
	return nil
}

// proof is what a program holds that has a file of the overlay in it.
type proof struct{ path, token string }

// proven makes sure that every file of the overlay is in the program.
func (o *overlay) proven(program string) error {
	text, err := os.ReadFile(program)
	if err != nil {
		return fmt.Errorf("the go tool has made no program: %w", err)
	}
	for _, p := range o.proofs {
		if !bytes.Contains(text, []byte(p.token)) {
			return fmt.Errorf("%s was changed, and the change is not in the program: something else than the go tool's compiler has made it (see go env -changed, and -toolexec)", p.path)
		}
	}
	return nil
}

const failpointPath = "github.com/pingcap/failpoint"

// markers are the functions of failpoint that its rewriter replaces.
var markers = map[string]bool{
	"Inject": true, "InjectContext": true, "InjectCall": true,
	"Break": true, "Continue": true, "Fallthrough": true, "Goto": true, "Label": true, "Return": true,
}

// deadMarkers is an error if a file has, behind failpoint's rewriter, a marker that
// does nothing: the rewriter passes over those in a file that imports C, behind
// defer and go, in a variable's function, in an argument of a generic function, and
// under an import without a name. Path is the file in the tree.
func deadMarkers(path string, text []byte) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, 0)
	if err != nil {
		return err
	}
	name := ""
	for _, i := range file.Imports {
		if where, err := strconv.Unquote(i.Path.Value); err == nil && where == failpointPath {
			if name = "failpoint"; i.Name != nil {
				name = i.Name.Name
			}
		}
	}
	if name == "" || name == "_" {
		return nil
	}
	var dead []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		function := ""
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == name {
				function = f.Sel.Name
			}
		case *ast.Ident:
			if name == "." {
				function = f.Name
			}
		}
		if markers[function] {
			dead = append(dead, fmt.Sprintf("%s:%d: the marker %s stays dead", path, files.Position(call.Pos()).Line, function))
		}
		return true
	})
	if len(dead) == 0 {
		return nil
	}
	return fmt.Errorf("failpoint's rewriter passes over markers where they stand: give each a function of its own, called from there\n%s", strings.Join(dead, "\n"))
}
