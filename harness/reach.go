package harness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

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

// mark adds to each file of the overlay, behind all lines that it has, what shows
// in the program that this very text was compiled.
func (o *overlay) mark() error {
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
		o.tokens = append(o.tokens, proof{path, token})
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
	for _, p := range o.tokens {
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
