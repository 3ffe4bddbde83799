package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"killpoint/harness/report"
	"killpoint/scenarios"
)

// TestOnlyAFailThatSaysWhatIsWrongCatches: a cell that could not tell, or says
// nothing, has not caught a planted bug.
func TestOnlyAFailThatSaysWhatIsWrongCatches(t *testing.T) {
	var c report.Planted
	for _, r := range []scenarios.Result{
		{Cell: scenarios.Cell{ID: "passed"}, Verdict: scenarios.Pass},
		{Cell: scenarios.Cell{ID: "unknown"}, Verdict: scenarios.Unknown, Detail: []string{"peer: ended by a SIGKILL that the harness did not send"}},
		{Cell: scenarios.Cell{ID: "silent"}, Verdict: scenarios.Fail},
		{Cell: scenarios.Cell{ID: "failed"}, Verdict: scenarios.Fail, Detail: []string{"message: lost\nmore", "exit: 1"}},
		{Cell: scenarios.Cell{ID: "failed too"}, Verdict: scenarios.Fail, Detail: []string{"other"}},
	} {
		count(&c, r)
	}
	if !slices.Equal(c.Failed, []string{"failed", "failed too"}) || !slices.Equal(c.Unknown, []string{"unknown"}) || c.Run != 5 || c.Seen != "message: lost" {
		t.Errorf("%+v", c)
	}
}

// TestTallyIsRedIfOneIsMissed by anybody who must catch it.
func TestTallyIsRedIfOneIsMissed(t *testing.T) {
	for name, row := range map[string]struct {
		bug report.Planted
		red bool
	}{
		"caught":             {report.Planted{Of: ofRing, Failed: []string{"cell"}}, false},
		"missed by one":      {report.Planted{Of: ofRing, Failed: []string{"cell"}, Missed: []string{"explore"}}, true},
		"missed by a test":   {report.Planted{Of: ofHarness, Missed: []string{"test"}}, true},
		"unknown, so missed": {report.Planted{Of: ofRing, Unknown: []string{"cell"}, Missed: []string{"matrix"}}, true},
	} {
		if err := tally([]report.Planted{{Of: ofRing, Failed: []string{"cell"}}, row.bug}, io.Discard); errors.Is(err, errRed) != row.red {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTallySaysHowManyAreCaught, and by whom.
func TestTallySaysHowManyAreCaught(t *testing.T) {
	var said strings.Builder
	tally([]report.Planted{
		{Of: ofRing, Failed: []string{"cell"}}, {Of: ofRing, Missed: []string{"matrix"}},
		{Of: ofHarness, Test: "TestA"}, {Of: ofHarness, Test: "TestB"}, {Of: ofHarness, Test: "TestC", Missed: []string{"test"}},
	}, &said)
	for _, want := range []string{
		"2 planted bugs of the ring: the matrix catches 1, exploring 0, a peer in between 0\n",
		"3 planted bugs of the harness: tests catch 2\n", "5 planted bugs, 3 caught by all that must\n",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, said.String())
		}
	}
}

// TestTheMatrixMissesWhatNoCellHasCaught, unless no cell can see it.
func TestTheMatrixMissesWhatNoCellHasCaught(t *testing.T) {
	for _, row := range []struct {
		cells  string
		failed []string
		missed bool
	}{{"push", nil, true}, {"push", []string{"cell"}, false}, {"", nil, false}} {
		c := report.Planted{Failed: row.failed}
		if missedByMatrix(&c, scenarios.Mutant{Cells: row.cells}); slices.Contains(c.Missed, "matrix") != row.missed {
			t.Errorf("cells %q, failed %q: missed by %q", row.cells, row.failed, c.Missed)
		}
	}
}
