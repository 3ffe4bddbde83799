package soaked_test

import (
	"strings"
	"testing"

	"killpoint/harness/soak"
	"killpoint/scenarios/soaked"
)

// TestEveryWayToSendAndTake loses nothing, doubles nothing, and goes on, with
// every way to send and every way to take.
func TestEveryWayToSendAndTake(t *testing.T) {
	all := soaked.Subject(child)
	for _, send := range all.Send {
		for _, take := range all.Take {
			t.Run(send.Name+" "+take.Name, func(t *testing.T) {
				t.Parallel()
				const kills = 60
				r := campaign(t, soaked.Ways(all, send.Name, take.Name), kills)
				if !r.Passed() {
					var text strings.Builder
					r.WriteSummary(&text)
					t.Fatal(text.String())
				}
				if r.Kills != kills || r.Killed[soak.Writer] == 0 || r.Killed[soak.Reader] == 0 || r.Restarts != r.Kills {
					t.Errorf("%d kills, %v, %d restarts, want %d", r.Kills, r.Killed, r.Restarts, kills)
				}
				if r.Messages < 1000 || r.Ways[send.Name] == 0 || r.Ways[take.Name] == 0 {
					t.Errorf("%d messages, lives %v", r.Messages, r.Ways)
				}
				if r.Unbooked > 0 && take.Name != "pop" || r.Repeated > 0 && take.Name == "pop" {
					t.Errorf("%d taken and not booked, %d came again", r.Unbooked, r.Repeated)
				}
			})
		}
	}
}
