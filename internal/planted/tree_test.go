package planted

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tiny is a module with one function and its tests.
var tiny = map[string]string{
	"go.mod":          "module tiny\n\ngo 1.25\n",
	"out/old":         "left of an earlier run",
	"sum/sum.go":      "package sum\n\nfunc Sum(a, b int) int { return a + b }\n",
	"sum/sum_test.go": "package sum\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n\tt.Run(\"small\", func(t *testing.T) {\n\t\tif Sum(1, 2) != 3 {\n\t\t\tt.Error(\"one and two are not three\")\n\t\t}\n\t})\n}\n\nfunc TestBlind(t *testing.T) { Sum(1, 2) }\n\nfunc TestSkipped(t *testing.T) { t.Skip(\"not today\") }\n",
}

func tinyTree(t *testing.T) *Tree {
	t.Helper()
	top := t.TempDir()
	for name, text := range tiny {
		path := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := Copy(top, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func change(test, old, new string) Bug {
	return Bug{Name: "a-bug", Package: "sum", Test: test, Edits: []Edit{{"sum/sum.go", old, new}}}
}

// TestWhatCountsAsCaught: only the named test, failing, within its time.
func TestWhatCountsAsCaught(t *testing.T) {
	tree := tinyTree(t)
	for _, row := range []struct {
		name   string
		bug    Bug
		caught bool
		says   string
	}{
		{"test fails", change("TestSum", "a + b", "a - b"), true, "one and two are not three"},
		{"subtest fails", change("TestSum/small", "a + b", "a - b"), true, "one and two are not three"},
		{"test panics", change("TestSum", "return a + b", `panic("no sum")`), true, "no sum"},
		{"another test would fail", change("TestBlind", "a + b", "a - b"), false, `"pass"`},
		{"bug that changes nothing", change("TestSum", "a + b", "b + a"), false, `"pass"`},
		{"skipped", change("TestSkipped", "a + b", "a - b"), false, `"skip"`},
		{"no such test", change("TestNone", "a + b", "a - b"), false, "did not run"},
		{"does not compile", change("TestSum", "a + b", "a +"), false, "syntax error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := tree.Try(t.Context(), row.bug)
			if err != nil {
				t.Fatal(err)
			}
			if r.Caught != row.caught || !strings.Contains(r.Seen+r.Missed, row.says) {
				t.Errorf("caught %v, seen %q, missed %q; want caught %v with %q", r.Caught, r.Seen, r.Missed, row.caught, row.says)
			}
		})
	}
	if err := tree.Sound(t.Context(), []Bug{change("TestSum/small", "", "")}); err != nil {
		t.Errorf("after all bugs were taken out: %v", err)
	}
}

// TestAHangIsNotCaught: a test that never ends names nothing.
func TestAHangIsNotCaught(t *testing.T) {
	tree := tinyTree(t)
	tree.Patience = time.Second
	r, err := tree.Try(t.Context(), change("TestSum", "return a + b", "select {}"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Caught || !strings.Contains(r.Missed, "within 1s") {
		t.Errorf("caught %v, missed %q", r.Caught, r.Missed)
	}
}

// TestWithoutABugTestsMustRunAndPass: what fails, is skipped or is not there
// proves nothing about a bug.
func TestWithoutABugTestsMustRunAndPass(t *testing.T) {
	tree := tinyTree(t)
	for _, name := range []string{"TestSkipped", "TestNone", "TestSum/large"} {
		err := tree.Sound(t.Context(), []Bug{change("TestSum", "", ""), change(name, "", "")})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v, want one that names it", name, err)
		}
	}
}

func TestABugThatDoesNotFitIsAnError(t *testing.T) {
	tree := tinyTree(t)
	b := change("TestSum", "a + b", "a - b")
	b.Edits = append(b.Edits, Edit{"sum/sum.go", "a * b", "a"})
	if _, err := tree.Try(t.Context(), b); err == nil || !strings.Contains(err.Error(), "0 times") {
		t.Errorf("error %v, want one that says how often the text is there", err)
	}
	if err := tree.Sound(t.Context(), []Bug{change("TestSum", "", "")}); err != nil {
		t.Errorf("its first edit has stayed: %v", err)
	}
}

func TestATryEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tinyTree(t).Try(ctx, change("TestSum", "a + b", "a - b")); err == nil {
		t.Error("it went on")
	}
}

func TestACopyHasNothingBuilt(t *testing.T) {
	tree := tinyTree(t)
	if _, err := os.Stat(filepath.Join(tree.dir, "out")); err == nil {
		t.Error("out/ was copied")
	}
}
