package scenarios

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"killpoint/harness"
	"killpoint/harness/report"
	"killpoint/ring"
)

// image makes a real ring and returns its file, after f has used it.
func imageOf(t *testing.T, capacity int, f func(w *ring.Writer, r *ring.Reader)) []byte {
	t.Helper()
	l := newCellRun(t.Context(), Programs{}, t.TempDir())
	w, err := ring.Create(l.ring, capacity)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r, err := ring.Open(l.ring)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f(w, r)
	return l.image()
}

func TestPicturesShowWhatIsInTheRing(t *testing.T) {
	push := func(w *ring.Writer, bodies ...[]byte) {
		for _, body := range bodies {
			if err := w.TryPush(body); err != nil {
				t.Error(err)
			}
		}
	}
	full := imageOf(t, 128, func(w *ring.Writer, r *ring.Reader) {
		push(w, message("a", 36), message("o1", 60))
		if _, err := r.TryPop(nil); err != nil {
			t.Error(err)
		}
		push(w, message("b", 28), nil) // over the end of the lap: a marker before the first
	})
	torn := imageOf(t, 64, func(w *ring.Writer, _ *ring.Reader) { push(w, []byte("\x00\x00\x00"), []byte("o1.o2.")) })
	e := Evidence{Before: full, AtSite: full, AtDeath: torn, After: []byte("no ring")}
	got := e.pictures()
	if len(got) != 4 {
		t.Fatalf("%d pictures, want 4: %+v", len(got), got)
	}
	want := []report.Record{
		{At: 40, Size: 64, Flags: "READY", Text: "o1", Published: true},
		{At: 104, Size: 24, Flags: "READY WRAP", Published: true},
		{At: 128, Size: 32, Flags: "READY", Text: "b", Published: true},
		{At: 160, Size: 8, Flags: "READY", Text: "empty", Published: true},
	}
	if !reflect.DeepEqual(got[0].Records, want) || got[0].Size != 128 || got[0].When != "before" || got[0].Problem != "" {
		t.Errorf("the full ring is %+v, want records %+v", got[0], want)
	}
	if marks := []report.Mark{{Name: "read", At: 40}, {Name: "commit", At: 168}, {Name: "write", At: 168}}; !reflect.DeepEqual(got[0].Marks, marks) {
		t.Errorf("marks %+v, want %+v", got[0].Marks, marks)
	}
	if got[1].When != "at the site" || !got[1].Same || got[1].Records != nil {
		t.Errorf("the same image again is %+v", got[1])
	}
	if r := got[2].Records; len(r) < 2 || r[0].Text != "zeros" || r[1].Text != `"o1.o2."…` {
		t.Errorf("bodies that are no message: %+v", r)
	}
	if got[3].Size != 0 || got[3].Problem == "" {
		t.Errorf("what is no ring is drawn: %+v", got[3])
	}
}

// TestUnpublishedRecordIsDrawn: the header that a dead writer left behind the
// write index is what its death is about.
func TestUnpublishedRecordIsDrawn(t *testing.T) {
	image := imageOf(t, 64, func(w *ring.Writer, _ *ring.Reader) {
		if err := w.TryPush(message("M", 12)); err != nil {
			t.Error(err)
		}
	})
	for i := range 8 {
		image[64+i] = 0 // the write index
	}
	empty := imageOf(t, 64, func(*ring.Writer, *ring.Reader) {})
	want := []report.Record{{At: 0, Size: 16, Flags: "READY", Text: "M"}}
	if p := (Evidence{Before: empty, AtDeath: image}).pictures(); len(p) != 2 || !reflect.DeepEqual(p[1].Records, want) {
		t.Errorf("%+v, want records %+v", p, want)
	}
	if p := (Evidence{AtDeath: image}).pictures(); len(p) != 1 || !reflect.DeepEqual(p[0].Records, want) {
		t.Errorf("with no image before: %+v, want records %+v", p, want)
	}
	stale := bytes.Clone(image)
	stale[192] ^= 1 // an event word, so that the images differ
	if p := (Evidence{Before: image, AtDeath: stale}).pictures(); len(p) != 2 || p[0].Records != nil || p[1].Records != nil {
		t.Errorf("what an earlier lap left is drawn: %+v", p)
	}
}

func TestFactsStandBesideWhatWasExpected(t *testing.T) {
	text := func(s string) *string { return &s }
	r := Result{Cell: Cell{Want: Facts{"exit": "code 2", "peer": "waits"}}, Facts: Facts{"exit": "code 2", "stray": "byte 9"}}
	want := []report.Fact{
		{Name: "exit", Seen: text("code 2"), Want: text("code 2")},
		{Name: "peer", Want: text("waits")},
		{Name: "stray", Seen: text("byte 9")},
	}
	if got := r.facts(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestOnlyCellsThatDidNotPassTellOfChildren(t *testing.T) {
	e := Evidence{Children: []ChildEvidence{{Name: "victim", Exit: "code 2", Output: strings.Repeat("x", 5000)}}}
	if got := (Result{Verdict: Pass, Evidence: e}).record().Children; got != nil {
		t.Errorf("a pass tells %+v", got)
	}
	got := (Result{Verdict: Unknown, Evidence: e}).record().Children
	if len(got) != 1 || got[0].Exit != "code 2" || len(got[0].Output) > 4100 || !strings.HasSuffix(got[0].Output, "(5000 bytes in all)") {
		t.Errorf("an unknown tells %+v", got)
	}
}

func TestEventsCountFromTheFirst(t *testing.T) {
	var line harness.Timeline
	line.Mark(harness.Began, "pop", "peer", "pop begins")
	line.Mark(harness.Finished, "pop", "peer", `pop ends: "TS5N"`)
	line.Add("peer", "pop ends: /a/b/ring is corrupt")
	got := Evidence{Timeline: &line, Folder: "/a/b"}.events()
	if len(got) != 3 || got[2].What != "pop ends: ring is corrupt" || got[0].Time != 0 || got[1].Time < 0 || got[1].What != "pop ends" || got[1].Kind != "finished" || got[1].Of != "pop" {
		t.Errorf("%+v", got)
	}
}
