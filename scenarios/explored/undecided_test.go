package explored

import (
	"context"
	"fmt"
	"testing"

	"killpoint/harness/explore"
)

// TestWhatDecidesNothing: such an end of a run is no finding.
func TestWhatDecidesNothing(t *testing.T) {
	for _, err := range []error{
		context.Canceled, explore.ErrCannot, explore.ErrWatchdog, explore.ErrSteps, explore.ErrKilled, explore.ErrUnsupported,
	} {
		if err := fmt.Errorf("explore: %w", err); !undecided(err) {
			t.Errorf("%v decides something", err)
		}
		if broken(explore.ErrKilled) {
			t.Error("a victim that a stranger killed is called broken")
		}
	}
	if undecided(explore.ErrEnded) || !broken(explore.ErrEnded) {
		t.Error("a victim that ended by itself decides nothing")
	}
}

// TestMessagesAreComparedOneByOne: not only how many there are.
func TestMessagesAreComparedOneByOne(t *testing.T) {
	m := func(names ...string) (list [][]byte) {
		for _, n := range names {
			list = append(list, []byte(n))
		}
		return list
	}
	for name, row := range map[string]struct {
		got, wanted [][]byte
		same        bool
	}{
		"none":          {nil, nil, true},
		"the same":      {m("a", "b"), m("a", "b"), true},
		"one missing":   {m("a"), m("a", "b"), false},
		"one too many":  {m("a", "b", "b"), m("a", "b"), false},
		"another one":   {m("a", "c"), m("a", "b"), false},
		"in disorder":   {m("b", "a"), m("a", "b"), false},
		"another begin": {m("x", "b"), m("a", "b"), false},
	} {
		if wrong := differ(row.got, row.wanted); (wrong == "") != row.same {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}

// TestTwoAnswersDisagree if one is a refusal and the other is not, whatever they say.
func TestTwoAnswersDisagree(t *testing.T) {
	for _, row := range []struct {
		one, other error
		want       bool
	}{
		{nil, nil, false}, {context.Canceled, explore.ErrKilled, false}, {nil, context.Canceled, true}, {context.Canceled, nil, true},
	} {
		if disagree(row.one, row.other) != row.want {
			t.Errorf("%v and %v: disagree is %v", row.one, row.other, !row.want)
		}
	}
}
