package planted_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"killpoint/internal/planted"
)

const top = "../.."

func TestPlantedBugsFitTheSources(t *testing.T) {
	names := map[string]bool{}
	for _, b := range planted.All() {
		if names[b.Name] {
			t.Errorf("two planted bugs are called %s", b.Name)
		}
		names[b.Name] = true
		if len(b.Edits) == 0 {
			t.Errorf("%s changes nothing", b.Name)
		}
		for _, e := range b.Edits {
			source, err := os.ReadFile(filepath.Join(top, e.File))
			if err != nil {
				t.Errorf("%s: %v", b.Name, err)
				continue
			}
			if n := strings.Count(string(source), e.Old); n != 1 {
				t.Errorf("%s: its text is in %s %d times, must be there once:\n%s", b.Name, e.File, n, e.Old)
			}
			if e.Old == e.New {
				t.Errorf("%s: its edit of %s changes nothing", b.Name, e.File)
			}
		}
	}
}

func TestPlantedBugsNameTheirTest(t *testing.T) {
	for _, b := range planted.All() {
		name, _, _ := strings.Cut(b.Test, "/")
		if !strings.HasPrefix(name, "Test") || !declared(t, b.Package, name) {
			t.Errorf("%s: there is no test %q in %s", b.Name, name, b.Package)
		}
	}
}

// declared reports whether a package has a test of that name.
func declared(t *testing.T, pkg, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(top, pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+test+"(t *testing.T)") {
			return true
		}
	}
	return false
}
