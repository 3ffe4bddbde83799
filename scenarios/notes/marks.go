package notes

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"

	"killpoint/ring"
)

// A Place is a line of the ring's sources, and the function that it is in.
type Place struct {
	File string // base name
	Line int    // from 1
	Func string // with its receiver's type, if it has one
}

// A Mark is a place at which a site is passed.
type Mark struct {
	Call Place // names the site
	At   Place // calls mark: the same place, or in a function that Call gives the site to
}

// Marks finds the marks in a directory of Go sources: every call of mark, and
// every call that hands a site to a function that marks it. Tests are left out,
// and so are files that are not of the production build for linux on amd64.
func Marks(dir string) (map[ring.Site][]Mark, error) {
	s := sources{fset: token.NewFileSet(), sites: map[string]ring.Site{}, marked: map[parameter]Place{}}
	if err := s.parse(dir); err != nil {
		return nil, fmt.Errorf("marks in %s: %w", dir, err)
	}
	for s.followParameters() {
	}
	marks := map[ring.Site][]Mark{}
	s.calls(func(f *ast.FuncDecl, call *ast.CallExpr) {
		for i, arg := range call.Args {
			name, ok := arg.(*ast.Ident)
			if !ok {
				continue
			}
			site, isSite := s.sites[name.Name]
			at, reaches := s.reaches(f, call, i)
			if isSite && reaches {
				marks[site] = append(marks[site], Mark{Call: s.place(f, call), At: at})
			}
		}
	})
	return marks, nil
}

// sources are the files of one package.
type sources struct {
	fset   *token.FileSet
	files  []*ast.File
	sites  map[string]ring.Site // by the name of the constant
	marked map[parameter]Place  // where a site goes that is given as this parameter
}

// parameter is one of a function's; names of functions that take sites are
// unique, with or without receiver.
type parameter struct {
	function string
	index    int
}

func (s *sources) parse(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	shipped := build.Default
	shipped.GOOS, shipped.GOARCH, shipped.BuildTags = "linux", "amd64", nil
	for _, path := range paths {
		name := filepath.Base(path)
		if test, _ := filepath.Match("*_test.go", name); test {
			continue
		}
		if match, err := shipped.MatchFile(dir, name); err != nil || !match {
			if err != nil {
				return err
			}
			continue
		}
		file, err := parser.ParseFile(s.fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s.files = append(s.files, file)
		s.constants(file)
	}
	if len(s.sites) == 0 {
		return fmt.Errorf("no constant of type Site is declared there")
	}
	return nil
}

// constants notes the names of sites.
func (s *sources) constants(file *ast.File) {
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			if !isSiteType(value.Type) {
				continue
			}
			for i, name := range value.Names {
				if text, ok := value.Values[i].(*ast.BasicLit); ok {
					site, _ := strconv.Unquote(text.Value)
					s.sites[name.Name] = ring.Site(site)
				}
			}
		}
	}
}

func isSiteType(t ast.Expr) bool {
	name, ok := t.(*ast.Ident)
	return ok && name.Name == "Site"
}

// followParameters notes parameters that are given on to mark, or to a
// parameter that is. It reports whether it has found any that is new.
func (s *sources) followParameters() (found bool) {
	s.calls(func(f *ast.FuncDecl, call *ast.CallExpr) {
		own := siteParameters(f)
		for i, arg := range call.Args {
			name, ok := arg.(*ast.Ident)
			if !ok {
				continue
			}
			index := slices.Index(own, name.Name)
			at, reaches := s.reaches(f, call, i)
			key := parameter{f.Name.Name, index}
			if _, known := s.marked[key]; index >= 0 && reaches && !known {
				s.marked[key], found = at, true
			}
		}
	})
	return found
}

// siteParameters are a function's parameters: their names, or nothing for one
// that is no site.
func siteParameters(f *ast.FuncDecl) (names []string) {
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			if !isSiteType(field.Type) {
				name = ast.NewIdent("")
			}
			names = append(names, name.Name)
		}
	}
	return names
}

// reaches tells where an argument of a call is marked, if it is.
func (s *sources) reaches(f *ast.FuncDecl, call *ast.CallExpr, arg int) (at Place, ok bool) {
	var name string
	switch callee := call.Fun.(type) {
	case *ast.Ident:
		name = callee.Name
	case *ast.SelectorExpr:
		name = callee.Sel.Name
	}
	if name == "mark" {
		return s.place(f, call), true
	}
	at, ok = s.marked[parameter{name, arg}]
	return at, ok
}

// calls visits every call in every function.
func (s *sources) calls(visit func(*ast.FuncDecl, *ast.CallExpr)) {
	for _, file := range s.files {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					visit(f, call)
				}
				return true
			})
		}
	}
}

func (s *sources) place(f *ast.FuncDecl, n ast.Node) Place {
	at := s.fset.Position(n.Pos())
	p := Place{File: filepath.Base(at.Filename), Line: at.Line, Func: f.Name.Name}
	if f.Recv != nil && len(f.Recv.List) == 1 {
		t := f.Recv.List[0].Type
		if star, ok := t.(*ast.StarExpr); ok {
			t = star.X
		}
		if name, ok := t.(*ast.Ident); ok {
			p.Func = name.Name + "." + p.Func
		}
	}
	return p
}
