package notes_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"killpoint/ring"
	"killpoint/scenarios/notes"
)

// sources are the ring's.
const sources = "../../ring"

// TestMarksStandWhereTheyAreSaidToStand reads the lines.
func TestMarksStandWhereTheyAreSaidToStand(t *testing.T) {
	marks, err := notes.Marks(sources)
	if err != nil {
		t.Fatal(err)
	}
	constants := names(t)
	given := 0
	for _, s := range ring.Sites() {
		if s.Marker != (len(marks[s.Site]) > 0) {
			t.Errorf("%s: marker is %v, marks are %v", s.Site, s.Marker, marks[s.Site])
		}
		for _, m := range marks[s.Site] {
			if call := line(t, m.Call); !strings.Contains(call, constants[s.Site]) {
				t.Errorf("%s is called for at %v: %s", s.Site, m.Call, call)
			}
			if at := line(t, m.At); !strings.Contains(at, "mark(") {
				t.Errorf("%s is marked at %v: %s", s.Site, m.At, at)
			}
			if m.At != m.Call {
				given++
			}
		}
	}
	if given == 0 {
		t.Error("no site is given to the function that marks it")
	}
}

// names are the sites' constants, read without the parser.
func names(t *testing.T) map[ring.Site]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sources, "site.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[ring.Site]string{}
	for l := range strings.Lines(string(text)) {
		if f := strings.Fields(l); len(f) == 4 && f[1] == "Site" && f[2] == "=" {
			names[ring.Site(strings.Trim(f[3], `"`))] = f[0]
		}
	}
	return names
}

func line(t *testing.T, p notes.Place) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sources, p.File))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")[p.Line-1]
}

const shapes = `package shapes

type Site string

const (
	Direct Site = "direct"
	Given  Site = "given"
	Passed Site = "passed"
	Second Site = "second"
	Twice  Site = "twice"
	Unused Site = "unused"
)

type end struct{}

func direct() {
	mark(Direct)
	mark(Twice)
}

func (e *end) given(n int) { e.set(Given); e.pass(n, Passed, Second) }

func (e *end) set(before Site) { mark(before) }

func (e end) pass(n int, first, second Site) {
	e.set(first)
	if n > 0 {
		mark(second)
	}
	mark(Twice)
}
`

// TestMarksAreFollowed: through a parameter, through two, and not out of files
// that do not ship.
func TestMarksAreFollowed(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"shapes.go":      shapes,
		"shapes_test.go": "package shapes\n\nfunc f() { mark(Unused) }\n",
		"tagged.go":      "//go:build failpoint\n\npackage shapes\n\nfunc g() { mark(Unused) }\n",
		"other_plan9.go": "package shapes\n\nfunc h() { mark(Unused) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	marks, err := notes.Marks(dir)
	if err != nil {
		t.Fatal(err)
	}
	at := func(line int, f string) notes.Place { return notes.Place{File: "shapes.go", Line: line, Func: f} }
	for site, want := range map[ring.Site][]notes.Mark{
		"direct": {{Call: at(17, "direct"), At: at(17, "direct")}},
		"given":  {{Call: at(21, "end.given"), At: at(23, "end.set")}},
		"passed": {{Call: at(21, "end.given"), At: at(23, "end.set")}},
		"second": {{Call: at(21, "end.given"), At: at(28, "end.pass")}},
		"twice":  {{Call: at(18, "direct"), At: at(18, "direct")}, {Call: at(30, "end.pass"), At: at(30, "end.pass")}},
		"unused": nil,
	} {
		if !slices.Equal(marks[site], want) {
			t.Errorf("%s: %v, want %v", site, marks[site], want)
		}
	}
}

func TestMarksNeedSites(t *testing.T) {
	if _, err := notes.Marks(t.TempDir()); err == nil {
		t.Error("an empty directory has marks")
	}
}
