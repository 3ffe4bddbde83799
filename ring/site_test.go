package ring_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"killpoint/ring"
)

func TestNoTwoSitesShareAName(t *testing.T) {
	seen := map[ring.Site]bool{}
	for _, info := range ring.Sites() {
		if seen[info.Site] {
			t.Errorf("%s is listed twice", info.Site)
		}
		seen[info.Site] = true
	}
}

func TestASitesNameBeginsWithItsSide(t *testing.T) {
	for _, info := range ring.Sites() {
		if info.Side != ring.WriterSide && info.Side != ring.ReaderSide {
			t.Errorf("%s is on side %q", info.Site, info.Side)
		}
		if !strings.HasPrefix(string(info.Site), string(info.Side)+"-") {
			t.Errorf("%s is on side %q", info.Site, info.Side)
		}
	}
}

func TestEverySiteIsDescribed(t *testing.T) {
	operations := []string{"create", "replace", "attach", "open", "push", "batch", "reserve", "commit", "pop", "peek", "release", "wrap", "space-wait", "data-wait"}
	for _, info := range ring.Sites() {
		if !slices.Contains(operations, info.Op) || info.Done == "" || info.Next == "" {
			t.Errorf("%s is described by %+v", info.Site, info)
		}
	}
}

func TestTheCatalogueListsEveryDeclaredSiteInOrder(t *testing.T) {
	var listed []string
	for _, info := range ring.Sites() {
		listed = append(listed, string(info.Site))
	}
	var declared []string
	for _, c := range declaredSites(t) {
		declared = append(declared, c.value)
	}
	if !slices.Equal(listed, declared) {
		t.Fatalf("listed   %q\ndeclared %q", listed, declared)
	}
}

func TestTheCatalogueIsTheCallersToChange(t *testing.T) {
	ring.Sites()[0].Site = "changed"
	if got := ring.Sites()[0].Site; got == "changed" {
		t.Fatal("the catalogue itself was changed")
	}
}

func TestMarkersStandWhereTheCatalogueSays(t *testing.T) {
	uses := identifiers(t)
	marked := map[string]bool{}
	for _, info := range ring.Sites() {
		marked[string(info.Site)] = info.Marker
	}
	for _, c := range declaredSites(t) {
		want := 0
		if marked[c.value] {
			want = 1
		}
		if uses[c.name] != want {
			t.Errorf("%s is used %d times outside the catalogue, want %d", c.name, uses[c.name], want)
		}
	}
}

// A wait has a place inside the system call, and nothing else has.
func TestOnlyPlacesInAWaitHaveNoMarker(t *testing.T) {
	var without []ring.Site
	for _, info := range ring.Sites() {
		if !info.Marker {
			without = append(without, info.Site)
		}
	}
	want := []ring.Site{ring.WriterInSpaceWait, ring.ReaderInDataWait}
	if !slices.Equal(without, want) {
		t.Fatalf("sites without a marker are %q, want %q", without, want)
	}
}

type siteConst struct{ name, value string }

// declaredSites are the constants of type Site, in the order of the source.
func declaredSites(t *testing.T) (sites []siteConst) {
	t.Helper()
	for _, decl := range parse(t, "site.go").Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			c := spec.(*ast.ValueSpec)
			if typ, ok := c.Type.(*ast.Ident); !ok || typ.Name != "Site" {
				continue
			}
			value, err := strconv.Unquote(c.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			sites = append(sites, siteConst{c.Names[0].Name, value})
		}
	}
	if len(sites) == 0 {
		t.Fatal("site.go declares no site")
	}
	return sites
}

// identifiers counts the identifiers in the package's sources, without tests
// and the catalogue.
func identifiers(t *testing.T) map[string]int {
	t.Helper()
	uses := map[string]int{}
	for _, name := range sources(t) {
		if name == "site.go" {
			continue
		}
		ast.Inspect(parse(t, name), func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				uses[id.Name]++
			}
			return true
		})
	}
	return uses
}

// sources are the package's Go files without its tests.
func sources(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	if len(files) < 2 {
		t.Fatalf("sources are %q", files)
	}
	return files
}

func parse(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
