package harness_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"killpoint/harness"
)

// marked has markers, unmarked has none.
const (
	marked = `package pkg

import "github.com/pingcap/failpoint"

// count counts.
func count(n int) int {
	failpoint.InjectCall("before-count")
	n++
	failpoint.InjectCall("after-count")
	return n
}
`
	unmarked = `package pkg

const start = 1
`
)

// live is how a marker looks once it is rewritten.
const live = `failpoint.Call(_curpkg_("after-count"))`

// tree makes a package to rewrite, with a package below it.
func tree(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"marked.go": marked, "unmarked.go": unmarked, "below/marked.go": marked} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// texts returns every file below a directory, by its path from there.
func texts(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[name] = string(text)
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(found), err)
	}
	return found
}

// same compares two trees.
func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if text, ok := got[name]; !ok {
			t.Errorf("%s: %s is missing", what, name)
		} else if text != want[name] {
			t.Errorf("%s: %s is\n%s\nwant\n%s", what, name, text, want[name])
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s is left there", what, name)
		}
	}
}

// replace edits one file as a person would.
func replace(t *testing.T, path, old, text string) {
	t.Helper()
	before := content(t, path)
	if strings.Count(before, old) != 1 {
		t.Fatalf("%s does not hold %q once:\n%s", path, old, before)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(before, old, text, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func enable(t *testing.T, dir string) {
	t.Helper()
	if err := harness.EnableInPlace(dir); err != nil {
		t.Fatal(err)
	}
}

// attempt returns the error, and takes a panic for one that says nothing.
func attempt(f func(dir string) error, dir string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f(dir)
}

func TestTreeIsRewrittenAndRestored(t *testing.T) {
	dir := tree(t)
	original := texts(t, dir)
	enable(t, dir)
	once := texts(t, dir)
	for _, name := range []string{"marked.go", "below/marked.go"} {
		if !strings.Contains(once[name], live) {
			t.Errorf("%s is not rewritten:\n%s", name, once[name])
		}
	}
	if once["unmarked.go"] != unmarked {
		t.Errorf("a file without markers was rewritten:\n%s", once["unmarked.go"])
	}
	if left, err := harness.Rewritten(dir); err != nil || len(left) != 4 {
		t.Errorf("Rewritten %v, %v, want a stash and a binding for each of two packages", left, err)
	}
	enable(t, dir)
	same(t, "enabled twice", texts(t, dir), once)
	for _, times := range []string{"once", "twice"} {
		if err := attempt(harness.DisableInPlace, dir); err != nil {
			t.Fatal(err)
		}
		same(t, "disabled "+times, texts(t, dir), original)
	}
	if left, err := harness.Rewritten(dir); err != nil || len(left) != 0 {
		t.Errorf("Rewritten %v, %v, want nothing", left, err)
	}
}

// TestEditsOfARewrittenTreeAreKept edits a file that was rewritten, giving it
// another marker, and one that was not, rewrites again and restores.
func TestEditsOfARewrittenTreeAreKept(t *testing.T) {
	const edit = "\tn += 2 // twice as much\n\tfailpoint.InjectCall(\"between\")\n"
	dir := tree(t)
	want := texts(t, dir)
	enable(t, dir)
	replace(t, filepath.Join(dir, "marked.go"), "\tn++\n", edit)
	replace(t, filepath.Join(dir, "unmarked.go"), "start = 1", "start = 10")
	enable(t, dir)
	now := texts(t, dir)
	for _, part := range []string{"n += 2", live, `failpoint.Call(_curpkg_("between"))`} {
		if !strings.Contains(now["marked.go"], part) {
			t.Errorf("rewritten again, it lacks %s:\n%s", part, now["marked.go"])
		}
	}
	if err := attempt(harness.DisableInPlace, dir); err != nil {
		t.Fatal(err)
	}
	want["marked.go"] = strings.Replace(marked, "\tn++\n", edit, 1)
	want["unmarked.go"] = strings.Replace(unmarked, "1", "10", 1)
	same(t, "restored", texts(t, dir), want)
}

// TestEditOfAMarkerIsCarriedOverOrRefused edits the rewritten marker itself.
// Either the restored file is what a person would have made of it, or it is an
// error that names both files, and both are as they were. Nothing in between.
func TestEditOfAMarkerIsCarriedOverOrRefused(t *testing.T) {
	for _, row := range []struct {
		name   string
		old    string // in the rewritten file
		text   string
		merged string // what the line comes to in the original
	}{
		{"renamed", `_curpkg_("after-count")`, `_curpkg_("later")`, "\tfailpoint.InjectCall(\"later\")\n"},
		{"given a longer name", `_curpkg_("after-count")`, `_curpkg_("not-before-but-after-count")`, "\tfailpoint.InjectCall(\"not-before-but-after-count\")\n"},
		{"removed", "\t" + live + "\n", "", ""},
		{"replaced by a call", "\t" + live + "\n", "\tgo other(func() { panic(1) })\n", "\tgo other(func() { panic(1) })\n"},
		{"replaced by much text", "\t" + live + "\n", strings.Repeat("\t// something else, 0123456789 0123456789\n", 5), strings.Repeat("\t// something else, 0123456789 0123456789\n", 5)},
		{"given an argument", live, `failpoint.Call(_curpkg_("after-count"), n)`, "\tfailpoint.InjectCall(\"after-count\", n)\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := tree(t)
			merged := texts(t, dir)
			merged["marked.go"] = strings.Replace(marked, "\tfailpoint.InjectCall(\"after-count\")\n", row.merged, 1)
			enable(t, dir)
			file := filepath.Join(dir, "marked.go")
			replace(t, file, row.old, row.text)
			edited := content(t, file)
			err := attempt(harness.DisableInPlace, dir)
			if err == nil {
				same(t, "restored", texts(t, dir), merged)
				return
			}
			stashes, _ := filepath.Glob(filepath.Join(dir, "marked.go?*"))
			if len(stashes) != 1 {
				t.Fatalf("error %v, and no one file beside %s: %v", err, file, stashes)
			}
			if !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), stashes[0]) {
				t.Errorf("the error does not name %s and %s:\n%v", file, stashes[0], err)
			}
			if content(t, file) != edited || content(t, stashes[0]) != marked {
				t.Errorf("something is lost:\n%s\nand the original\n%s", content(t, file), content(t, stashes[0]))
			}
			// Rewriting now would take rewritten code for the original.
			if attempt(harness.EnableInPlace, dir) == nil {
				t.Error("it can be rewritten before it is merged by hand")
			}
		})
	}
}

func TestFolderThatIsNotThereIsAnError(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for name, f := range map[string]func(string) error{"enable": harness.EnableInPlace, "disable": harness.DisableInPlace} {
		if err := f(none); err == nil || !strings.Contains(err.Error(), none) {
			t.Errorf("%s: error %v, want one that names %s", name, err, none)
		}
	}
}

// TestEnablingWhatCannotBeLiveIsAnError, and leaves the tree as it was.
func TestEnablingWhatCannotBeLiveIsAnError(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"no marker":     {unmarked, "no failpoint marker"},
		"a dead marker": {strings.Replace(marked, "\tn++\n", "\tdefer failpoint.InjectCall(\"deferred\")\n\tn++\n", 1), "marked.go:8"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "marked.go"), []byte(row.text), 0o644); err != nil {
				t.Fatal(err)
			}
			before := texts(t, dir)
			err := harness.EnableInPlace(dir)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want %q", err, row.want)
			}
			if after := texts(t, dir); !maps.Equal(before, after) {
				t.Errorf("the tree is\n%q\nwas\n%q", after, before)
			}
		})
	}
}

// TestAnEditThatIsLostOnTheWayIsAnError: the restored file must become the edited
// one again when it is rewritten; else both texts stay.
func TestAnEditThatIsLostOnTheWayIsAnError(t *testing.T) {
	dir := tree(t)
	enable(t, dir)
	file := filepath.Join(dir, "marked.go")
	edited := strings.Replace(content(t, file), "n++", "n += 2", 1)
	if err := attempt(harness.DisableInPlace, dir); err != nil {
		t.Fatal(err)
	}
	restored := strings.Replace(marked, "n++", "n += 2", 1)
	if err := os.WriteFile(file, []byte(restored), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := harness.CheckStash(file, []byte(edited), []byte(marked)); err != nil {
		t.Errorf("an edit that was carried over: %v", err)
	}
	if err := os.WriteFile(file, []byte(marked), 0o644); err != nil {
		t.Fatal(err)
	}
	err := harness.CheckStash(file, []byte(edited), []byte(marked))
	if err == nil || !strings.Contains(err.Error(), "cannot be carried over") {
		t.Errorf("an edit that was lost: %v", err)
	}
	if content(t, file) != edited {
		t.Errorf("the edited text is gone:\n%s", content(t, file))
	}
}
