package harness_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"killpoint/harness"
)

// TestWhatIsAskedOfABuildIsInIt, or the build fails and says which and why: an
// edit or a marker that is not in the program proves nothing.
func TestWhatIsAskedOfABuildIsInIt(t *testing.T) {
	write := func(t *testing.T, dir, name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	edit := func(pkg, file, old, new string) []harness.Edit {
		return []harness.Edit{{Package: pkg, File: file, Old: old, New: new}}
	}
	marked := func(body string) string {
		return "package lib\n\nimport \"github.com/pingcap/failpoint\"\n\n" + body
	}
	for name, row := range map[string]struct {
		goflags string
		change  func(t *testing.T, dir string, b *harness.Build)
		want    []string // in the error
	}{
		"an edit of a file that build constraints leave out": {"", func(t *testing.T, dir string, b *harness.Build) {
			write(t, dir, "lib/other.go", "//go:build never\n\npackage lib\n\nconst other = 1\n")
			b.Edits = edit("./lib", "other.go", "1", "2")
		}, []string{"other.go", "build constraints"}},
		"an edit of a package that the program does not import": {"", func(t *testing.T, dir string, b *harness.Build) {
			write(t, dir, "apart/apart.go", "package apart\n\nconst apart = 1\n")
			b.Edits = edit("./apart", "apart.go", "1", "2")
		}, []string{"apart.go", "does not import"}},
		"markers of a package that the program does not import": {"", func(t *testing.T, dir string, b *harness.Build) {
			write(t, dir, "apart/apart.go", strings.Replace(marked("func Apart() { failpoint.InjectCall(\"apart\") }\n"), "package lib", "package apart", 1))
			b.Instrument = []string{"./lib", "./apart"}
		}, []string{"apart.go", "does not import"}},
		"an edit of what is in the module cache": {"", func(t *testing.T, dir string, b *harness.Build) {
			b.Edits = edit("github.com/pingcap/failpoint", "failpoint.go", "package failpoint", "package failpoint ")
		}, []string{"module cache", "go mod vendor"}},
		"markers of what is in the module cache": {"", func(t *testing.T, dir string, b *harness.Build) {
			b.Instrument = []string{"github.com/pingcap/failpoint"}
		}, []string{"module cache", "replace"}},
		"coverage":   {"-cover", nil, []string{"GOFLAGS", "-cover"}},
		"an overlay": {"-overlay=/dev/null", nil, []string{"GOFLAGS", "-overlay"}},
		"no build":   {"-n", nil, []string{"GOFLAGS", "-n"}},
		"a marker that is deferred": {"", func(t *testing.T, dir string, b *harness.Build) {
			write(t, dir, "lib/more.go", marked("func More() {\n\tdefer failpoint.InjectCall(\"more\")\n}\n"))
		}, []string{"more.go:6", "marker"}},
		"a marker in a variable": {"", func(t *testing.T, dir string, b *harness.Build) {
			write(t, dir, "lib/more.go", marked("var More = func() { failpoint.InjectCall(\"more\") }\n"))
		}, []string{"more.go:5", "marker"}},
		"a marker under another name": {"", func(t *testing.T, dir string, b *harness.Build) {
			write(t, dir, "lib/more.go", strings.Replace(marked("func More() {\n\tgo func() { fp.InjectCall(\"more\") }()\n\tdefer fp.InjectCall(\"more\")\n}\n"), "import ", "import fp ", 1))
		}, []string{"more.go", "marker"}},
		"a marker under no name": {"", func(t *testing.T, dir string, b *harness.Build) {
			write(t, dir, "lib/more.go", strings.Replace(marked("func More() { InjectCall(\"more\") }\n"), "import ", "import . ", 1))
		}, []string{"more.go:5", "marker"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GOFLAGS", row.goflags)
			t.Setenv("CGO_ENABLED", "1")
			dir := greeterTree(t)
			b := greeterBuild(t, dir)
			if row.change != nil {
				row.change(t, dir, &b)
			}
			if err := os.WriteFile(b.Output, []byte("an older program"), 0o700); err != nil {
				t.Fatal(err)
			}
			_, err := b.Run(t.Context())
			if !errors.Is(err, harness.ErrBuild) {
				t.Fatalf("error %v, want ErrBuild", err)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

// TestTagsOfTheUserAreMerged: what GOFLAGS asks for is not dropped.
func TestTagsOfTheUserAreMerged(t *testing.T) {
	dir := greeterTree(t)
	for name, text := range map[string]string{"here.go": "//go:build special\n\npackage lib\n\nfunc init() { suffix = \" and all\" }\n",
		"suffix.go": "package lib\n\nvar suffix string\n"} {
		if err := os.WriteFile(filepath.Join(dir, "lib", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOFLAGS", "-tags=special")
	b := greeterBuild(t, dir)
	b.Tags = []string{"failpoint"}
	b.Edits = []harness.Edit{{Package: "./lib", File: "main.go", Old: "return word + \" \" + name", New: "return word + \" \" + name + suffix"}}
	greets(t, build(t, b), true, "hello world and all!")
}

// TestAMarkerBesideCIsLive: a file that imports C is one of those that are compiled.
func TestAMarkerBesideCIsLive(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("this build needs a C compiler")
	}
	t.Setenv("CGO_ENABLED", "1")
	dir := greeterTree(t)
	path := filepath.Join(dir, "lib", "main.go")
	if err := os.WriteFile(path, []byte(strings.Replace(greeterLib, "import ", "import \"C\"\n\nimport ", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	greets(t, build(t, greeterBuild(t, dir)), true, "hello world!")
}

// TestAProgramWithoutTheChangeIsNoBuild: whoever is called go may leave the
// overlay out; then the program proves it.
func TestAProgramWithoutTheChangeIsNoBuild(t *testing.T) {
	real, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	tools := t.TempDir()
	script := `#!/bin/sh
if [ "$1" = build ]; then
	for a; do
		shift
		case $a in
		-overlay) skip=1 ;;
		*) [ -n "$skip" ] && skip= || set -- "$@" "$a" ;;
		esac
	done
fi
exec ` + real + ` "$@"
`
	if err := os.WriteFile(filepath.Join(tools, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	dir := greeterTree(t)
	b := greeterBuild(t, dir)
	if _, err := b.Run(t.Context()); err != nil {
		t.Fatalf("with the go tool as it is: %v", err)
	}
	t.Setenv("PATH", tools+":"+os.Getenv("PATH"))
	_, err = b.Run(t.Context())
	if !errors.Is(err, harness.ErrBuild) || !strings.Contains(err.Error(), filepath.Join(dir, "lib")) {
		t.Errorf("error %v, want ErrBuild that names the file", err)
	}
}

// TestEditsFitACheckoutWithOtherLineEnds: the text of an edit has line feeds.
func TestEditsFitACheckoutWithOtherLineEnds(t *testing.T) {
	dir := greeterTree(t)
	path := filepath.Join(dir, "lib", "more.go")
	if err := os.WriteFile(path, []byte("package lib\r\n\r\nfunc More() int {\r\n\treturn 1\r\n}\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := greeterBuild(t, dir)
	b.Edits = []harness.Edit{{Package: "./lib", File: "more.go", Old: "int {\n\treturn 1\n", New: "int {\n\treturn 2\n"}}
	if _, err := b.Run(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestACompileErrorNamesTheFileOfTheTree, and not what is compiled in its place,
// which is gone by then.
func TestACompileErrorNamesTheFileOfTheTree(t *testing.T) {
	dir := greeterTree(t)
	b := greeterBuild(t, dir)
	b.Edits = []harness.Edit{{Package: ".", File: "main.go", Old: "func main() {\n", New: "func main() {\n\tvar broken int = \"text\"\n\t_ = broken\n"}}
	_, err := b.Run(t.Context())
	if !errors.Is(err, harness.ErrBuild) || !strings.Contains(err.Error(), "main.go:") || strings.Contains(err.Error(), "killpoint-build-") {
		t.Errorf("error %v", err)
	}
}
