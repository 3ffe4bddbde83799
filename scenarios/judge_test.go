package scenarios_test

import (
	"maps"
	"strings"
	"testing"

	"killpoint/scenarios"
)

// delivered is what a cell of writer-after-write-advance must see.
var delivered = scenarios.Facts{
	scenarios.FactSite:     "writer-after-write-advance, hit 1",
	scenarios.FactExit:     "signal SIGKILL",
	scenarios.FactWrite:    "advanced",
	scenarios.FactMessage:  scenarios.Delivered,
	scenarios.FactPeer:     scenarios.Stalls,
	scenarios.FactReceived: "M N",
}

// with is a copy of the facts with one changed; an empty value takes it away.
func with(f scenarios.Facts, name, value string) scenarios.Facts {
	changed := maps.Clone(f)
	changed[name] = value
	if value == "" {
		delete(changed, name)
	}
	return changed
}

func TestJudgeAcceptsWhatIsExpected(t *testing.T) {
	if violations := scenarios.Judge(delivered, maps.Clone(delivered)); len(violations) > 0 {
		t.Errorf("rejected: %v", violations)
	}
}

func TestJudgeRejects(t *testing.T) {
	for _, row := range []struct {
		name string
		got  scenarios.Facts
		want string
	}{
		{"a message that is lost", with(delivered, scenarios.FactReceived, "N"), `received: must be "M N", is "N"`},
		{"a message that comes twice", with(delivered, scenarios.FactReceived, "M M N"), `is "M M N"`},
		{"messages out of order", with(delivered, scenarios.FactReceived, "N M"), `is "N M"`},
		{"a message that nobody wrote", with(delivered, scenarios.FactReceived, `?"M.M" N`), "received"},
		{"a peer that woke without a signal", with(delivered, scenarios.FactPeer, scenarios.Resumes), "peer"},
		{"a peer that was not looked at", with(delivered, scenarios.FactPeer, ""), "peer: must be \"stalls\", was not seen"},
		{"an exit code of 137 for a kill", with(delivered, scenarios.FactExit, "code 137"), "exit"},
		{"a victim that lives", with(delivered, scenarios.FactExit, ""), "exit"},
		{"another hit", with(delivered, scenarios.FactSite, "writer-after-write-advance, hit 2"), "site"},
		{"another site", with(delivered, scenarios.FactSite, "writer-after-write-store, hit 1"), "site"},
		{"an index that did not move", with(delivered, scenarios.FactWrite, "unmoved"), "write"},
		{"what nobody expected", with(delivered, "smoke", "rises"), `smoke: is "rises", nothing was expected`},
		{"a cell that saw nothing", scenarios.Facts{}, "was not seen"},
	} {
		t.Run(row.name, func(t *testing.T) {
			violations := strings.Join(scenarios.Judge(delivered, row.got), "\n")
			if !strings.Contains(violations, row.want) {
				t.Errorf("violations %q, want one with %q", violations, row.want)
			}
		})
	}
}

func TestJudgeRejectsACellThatExpectsNothing(t *testing.T) {
	if len(scenarios.Judge(nil, nil)) == 0 {
		t.Error("a cell without expectations passed")
	}
}

// Each single fact of each cell matters: changed, missing, or one too many, it
// turns the cell red.
func TestEveryFactOfEveryCellDecides(t *testing.T) {
	for _, c := range scenarios.All() {
		for name, value := range c.Want {
			for what, got := range map[string]scenarios.Facts{
				"changed":   with(c.Want, name, value+", but not quite"),
				"not seen":  with(c.Want, name, ""),
				"unlooked":  {},
				"overdone ": with(c.Want, name+" too", value),
			} {
				if len(scenarios.Judge(c.Want, got)) == 0 {
					t.Errorf("%s passes with %s %s", c.ID, name, what)
				}
			}
		}
		if violations := scenarios.Judge(c.Want, maps.Clone(c.Want)); len(violations) > 0 {
			t.Errorf("%s cannot pass: %v", c.ID, violations)
		}
	}
}
