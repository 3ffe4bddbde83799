package soaked_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"killpoint/harness"
	"killpoint/harness/soak"
	"killpoint/scenarios"
	"killpoint/scenarios/soaked"
)

// planted are the edits of a planted bug of the ring.
func planted(t *testing.T, name string) []harness.Edit {
	t.Helper()
	for _, m := range scenarios.Mutants() {
		if m.Name == name {
			return m.Edits
		}
	}
	t.Fatalf("there is no planted bug %q", name)
	return nil
}

// edit changes the books, or who keeps them.
func edit(pkg, file, old, new string) []harness.Edit {
	return []harness.Edit{{Package: pkg, File: file, Old: old, New: new}}
}

// TestBugsAreFound: in the ring, and in the books. Each is one that shows all the
// time, not only where a kill hits two neighbouring instructions.
func TestBugsAreFound(t *testing.T) {
	const books, kept = "killpoint/harness/soak/ledger", "killpoint/cmd/child"
	for _, row := range []struct {
		name       string
		edits      []harness.Edit
		send, take string
		want       string // in what is found
	}{
		{"no-wake", planted(t, "no-wake"), "push", "pop", "nobody is left to wake them"},
		{"read-before-copy", planted(t, "read-before-copy"), "", "pop", "take: "},
		{"write-before-payload", planted(t, "write-before-payload"), "push", "", ""},
		{"attach-believes-empty", planted(t, "attach-believes-empty"), "", "", ""},
		{"batch-never-flushed", planted(t, "batch-never-flushed"), "batch", "", "nobody is left to wake them"},
		{"the writer books a message as sent too early",
			edit(kept, "writer.go", "s.box.Begin(1))\n\tif err := s.w.Push(context.Background(), s.buf); err != nil {\n\t\treturn err\n\t}\n\ts.box.Done()\n\treturn nil\n}\n\nfunc (s *sender) batch",
				"s.box.Begin(1))\n\ts.box.Done()\n\treturn s.w.Push(context.Background(), s.buf)\n}\n\nfunc (s *sender) batch"),
			"push", "peek", "missing"},
		{"the reader does not book that it has let go",
			edit(kept, "reader.go", "\tt.box.Released()\n\treturn id.IsLast(), nil\n", "\tt.box.Hold(first)\n\treturn id.IsLast(), nil\n"),
			"", "peek-batch", "must come again"},
		{"the books allow one message too few in a reader's hand",
			edit(books, "books.go", "missed > s.InHand", "missed > 0"), "", "pop", "missing before it: 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			subject := soaked.Ways(program(t, row.edits...), row.send, row.take)
			subject.NoPolling = row.name == "no-wake" // else it costs time, and no more
			r := campaign(t, subject, 20_000)
			if len(r.Findings) != 1 || r.Passed() {
				t.Fatalf("not found with %d kills: %v", r.Kills, r.Findings)
			}
			f := r.Findings[0]
			if f.Verdict != soak.Fail || !strings.Contains(f.What, row.want) || f.Repeat == "" {
				t.Errorf("%+v, want %q", f, row.want)
			}
			for _, name := range []string{"finding.json", "ledger", "shared.image", "timeline.txt", "timeline.jsonl", "*.stacks", "*.commands"} {
				found, err := filepath.Glob(filepath.Join(f.Folder, name))
				if err != nil || len(found) == 0 {
					t.Errorf("no %s among the evidence", name)
				}
				for _, path := range found {
					if info, err := os.Stat(path); err != nil || info.Size() == 0 {
						t.Errorf("%s: nothing is in it, %v", path, err)
					}
				}
			}
			t.Logf("%d kills, %v: %s", r.Kills, r.Time, f.What)
		})
	}
}

// TestWhatIsNotProvenIsUnknown: a reader that runs and takes nothing may yet do
// so, and that does not pass.
func TestWhatIsNotProvenIsUnknown(t *testing.T) {
	t.Parallel()
	subject := program(t, edit("killpoint/cmd/child", "reader.go", "\tfor last := false; !last; {\n", "\tfor a.Life > 0 {\n\t}\n\tfor last := false; !last; {\n")...)
	c := short(t, subject, 10)
	c.Patience = 500 * time.Millisecond // nothing can happen within it
	r := c.Run(t.Context())
	if len(r.Findings) != 1 || r.Findings[0].Verdict != soak.Unknown || r.Passed() || r.Kills > 0 {
		t.Errorf("%+v", r)
	}
}
