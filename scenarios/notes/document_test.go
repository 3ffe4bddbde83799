package notes_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"killpoint/ring"
	"killpoint/scenarios"
	"killpoint/scenarios/notes"
)

func document(t *testing.T) string {
	t.Helper()
	text, err := notes.Document(sources)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNotesAreAsTheyWouldBeMadeNow(t *testing.T) {
	want := document(t)
	if again := document(t); again != want {
		t.Fatal("the same sources give two texts")
	}
	text, err := os.ReadFile(filepath.Join("../..", notes.File))
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != want {
		t.Errorf("%s is stale: run make generate", notes.File)
	}
}

func TestNotesHaveEverySiteAndEveryFault(t *testing.T) {
	text := document(t)
	for _, s := range ring.Sites() {
		if n := strings.Count(text, "- **`"+string(s.Site)+"`**"); n != 1 {
			t.Errorf("%s has %d entries", s.Site, n)
		}
	}
	for _, c := range scenarios.All() {
		if strings.HasPrefix(c.ID, "fault/") && strings.Count(text, "`"+c.ID+"`") != 1 {
			t.Errorf("%s is not there once", c.ID)
		}
	}
}

// TestNotesNameEveryCell: each has a part in an entry, an observation or a fault.
func TestNotesNameEveryCell(t *testing.T) {
	text := document(t)
	filters := regexp.MustCompile(`FILTER=([^`+"`"+`]+)`).FindAllStringSubmatch(text, -1)
	for _, c := range scenarios.All() {
		named := strings.Contains(text, "`"+c.ID+"`")
		for _, f := range filters {
			named = named || strings.HasPrefix(c.ID, f[1]) || slices.Contains(c.Labels(), f[1])
		}
		if !named {
			t.Errorf("%s has no part in the notes", c.ID)
		}
	}
}

// TestNotesFollowTheMarks moves a mark in a copy of the sources: the text moves
// with it. Without the mark there is no text.
func TestNotesFollowTheMarks(t *testing.T) {
	before, want := document(t), regexp.MustCompile(`writer\.go:(\d+)`)
	text, err := notes.Document(edited(t, "writer.go", "package ring\n", "package ring\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	if string(text) == before || len(want.FindAllString(string(text), -1)) != len(want.FindAllString(before, -1)) {
		t.Error("a line more in writer.go changes nothing, or too much")
	}
	_, err = notes.Document(edited(t, "writer.go", "\tmark(WriterAfterWriteStore)\n", ""))
	if err == nil || !strings.Contains(err.Error(), string(ring.WriterAfterWriteStore)) {
		t.Errorf("without its mark a site is %v", err)
	}
	_, err = notes.Document(edited(t, "writer.go", "\t\ts.sleep()\n", "\t\tmark(WriterInSpaceWait)\n"))
	if err == nil || !strings.Contains(err.Error(), string(ring.WriterInSpaceWait)) {
		t.Errorf("a mark at a site that has none is %v", err)
	}
}

// edited is a copy of the ring's sources with one file changed.
func edited(t *testing.T, name, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	paths, err := filepath.Glob(filepath.Join(sources, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) == name {
			if strings.Count(string(text), old) != 1 {
				t.Fatalf("%s has %q not once", name, old)
			}
			text = []byte(strings.Replace(string(text), old, new, 1))
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestDeathsLeaveTheSame holds what the introduction says of all sites at once.
func TestDeathsLeaveTheSame(t *testing.T) {
	byID := map[string]scenarios.Cell{}
	for _, c := range scenarios.All() {
		byID[c.ID] = c
	}
	for id, killed := range byID {
		if !strings.HasPrefix(id, string(killed.Site)+"/") || killed.Mode != scenarios.Kill {
			continue
		}
		for _, mode := range []scenarios.Mode{scenarios.SelfKill, scenarios.Panic} {
			c, ok := byID[strings.Replace(id, "/kill", "/"+string(mode), 1)]
			if !ok {
				continue // rows of less than all modes, and sites without a marker
			}
			for name, want := range killed.Want {
				if name != scenarios.FactExit && name != scenarios.FactFrozen && c.Want[name] != want {
					t.Errorf("%s demands that %s is %q, %s that it is %q", id, name, want, c.ID, c.Want[name])
				}
			}
		}
		stopped, ok := byID[strings.Replace(id, "/kill", "/stop", 1)]
		if fate := stopped.Want[scenarios.FactMessage]; ok && fate != "" && fate != scenarios.Delivered && fate != scenarios.Consumed && fate != scenarios.Safe {
			t.Errorf("%s: a message of one that was only stopped is %s", stopped.ID, fate)
		}
	}
}
