package notes

import (
	"maps"
	"strings"
	"testing"

	"killpoint/ring"
	"killpoint/scenarios"
)

// lostRow is one that can be told.
func lostRow() row {
	return row{cells: []scenarios.Cell{{
		ID: "site/kill/poll-on", Mode: scenarios.Kill, Variant: scenarios.PollOn,
		Want: scenarios.Facts{"write": "unmoved", "commit": "unmoved", "slot": "length", "peer": "waits", "read": "unmoved",
			"next": "same slot", "message": "lost", "received": "N", "site": "site, hit 1"},
	}, {
		ID: "site/kill/poll-off", Mode: scenarios.Kill, Variant: scenarios.PollOff,
		Want: scenarios.Facts{"peer": "waits", "read": "unmoved"},
	}}}
}

// TestNothingIsLeftOut: what a cell demands and no sentence tells is an error,
// and so is a word for which there is no phrase.
func TestNothingIsLeftOut(t *testing.T) {
	if text, err := tell(lostRow(), ring.WriterSide); err != nil || len(text) != 4 {
		t.Fatalf("%q, %v", text, err)
	}
	for _, change := range []struct{ fact, word string }{
		{"weather", "fine"},
		{"write", "sideways"},
		{"slot", "full of water"},
		{"peer", "sings"},
		{"next", "somewhere"},
		{"message", "forged"},
		{"received", "M N"},
	} {
		r := lostRow()
		r.cells[0].Want = maps.Clone(r.cells[0].Want)
		r.cells[0].Want[change.fact] = change.word
		if _, err := tell(r, ring.WriterSide); err == nil || !strings.Contains(err.Error(), "no words for") {
			t.Errorf("%s %s: error is %v", change.fact, change.word, err)
		}
	}
}

func TestOutcomesTellWhatDiffers(t *testing.T) {
	same, other := lostRow(), lostRow()
	same.where, other.where = "batch", "commit"
	other.cells[0].Want["slot"] = "length, body"
	texts, err := outcomes([]row{lostRow(), same, other}, ring.WriterSide)
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) != 2 || !strings.HasSuffix(texts[0], "M is **lost**. The same in `batch`.") ||
		!strings.HasPrefix(texts[1], "In `commit` all the same but this: in the image") || strings.Contains(texts[1], "lost") {
		t.Errorf("%q", texts)
	}
	if _, err := outcomes(nil, ring.WriterSide); err == nil {
		t.Error("a site without a cell is told of")
	}
}
