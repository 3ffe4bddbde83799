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
