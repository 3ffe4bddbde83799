package harness_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"killpoint/harness"
	"killpoint/harness/control"
)

// TestTimelineIsInOrderAcrossProcesses has two children take turns, and finds
// what each of them said about its own doings where it belongs.
func TestTimelineIsInOrderAcrossProcesses(t *testing.T) {
	var line harness.Timeline
	at := arm("after-write", 1, control.Park)
	victim := start(t, saver, harness.Config{Name: "victim", Timeline: &line, Arms: []control.Arm{at}})
	peer := start(t, saver, harness.Config{Name: "peer", Timeline: &line})
	saving := victim.Go("save", save{file(t), "1"})
	if _, err := victim.WaitHit(patient(t), at); err != nil {
		t.Fatal(err)
	}
	line.Add("test", "in between")
	if err := peer.Call(patient(t), "save", save{file(t), "2"}, nil); err != nil {
		t.Fatal(err)
	}
	victim.Release()
	if err := saving.Wait(patient(t), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	entries := line.Entries()
	if !slices.IsSortedFunc(entries, func(a, b harness.Entry) int { return int(a.Time - b.Time) }) {
		t.Errorf("not in order of time:\n%s", &line)
	}
	from := 0
	for _, want := range []harness.Entry{
		{Who: "victim", What: "started as saver", Kind: harness.Started, Of: "saver"},
		{Who: "victim", What: "save begins", Kind: harness.Began, Of: "save"},
		{Who: "victim", What: "at after-write, hit 1: park", Kind: harness.Parked, Of: "after-write"},
		{Who: "test", What: "in between"},
		{Who: "peer", What: "save begins", Kind: harness.Began, Of: "save"},
		{Who: "peer", What: "save ends", Kind: harness.Finished, Of: "save"},
		{Who: "harness", What: "victim released", Kind: harness.Released, Of: "victim"},
		{Who: "victim", What: "save ends", Kind: harness.Finished, Of: "save"},
		{Who: "harness", What: "SIGKILL to victim", Kind: harness.Signalled, Of: "victim"},
		{Who: "victim", What: "ended: signal SIGKILL", Kind: harness.Ended, Of: "signal SIGKILL"},
	} {
		i := slices.IndexFunc(entries[from:], func(e harness.Entry) bool {
			return e.Who == want.Who && e.Kind == want.Kind && e.Of == want.Of && strings.HasPrefix(e.What, want.What)
		})
		if i < 0 {
			t.Fatalf("%s %q is not there, or too early:\n%s", want.Who, want.What, &line)
		}
		from += i + 1
	}
}

func TestNilTimelineRecordsNothing(t *testing.T) {
	var none *harness.Timeline
	none.Add("nobody", "does %s", "nothing")
	var text bytes.Buffer
	if err := none.WriteJSON(&text); err != nil || text.Len() > 0 || none.String() != "" || len(none.Entries()) > 0 {
		t.Errorf("it holds %q, %v", text.String(), err)
	}
}

func TestTimelineIsWrittenAsLines(t *testing.T) {
	var line harness.Timeline
	line.Add("a", "as it is")
	line.Add("b", "%d of\n%s", 2, "two lines")
	var text bytes.Buffer
	if err := line.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var back []harness.Entry
	for l := range strings.Lines(text.String()) {
		var e harness.Entry
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		back = append(back, e)
	}
	if !slices.Equal(back, line.Entries()) || len(back) != 2 || back[0].What != "as it is" || back[1].What != "2 of\ntwo lines" {
		t.Errorf("read back %+v of %q", back, text.String())
	}
}

func TestTimelineThatCannotBeWrittenIsAnError(t *testing.T) {
	var line harness.Timeline
	line.Add("a", "something")
	r, w := io.Pipe()
	r.Close()
	if err := line.WriteJSON(w); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v, want ErrClosedPipe", err)
	}
}

// TestEntriesOfAllAreKept has many record at once, and one read meanwhile.
func TestEntriesOfAllAreKept(t *testing.T) {
	var line harness.Timeline
	var all sync.WaitGroup
	const who, each = 8, 100
	for range who {
		all.Go(func() {
			for range each {
				line.Add("one", "of many")
				_ = line.Entries()
			}
		})
	}
	all.Wait()
	if n := len(line.Entries()); n != who*each {
		t.Errorf("%d entries, want %d", n, who*each)
	}
}
