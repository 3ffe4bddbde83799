package soaked_test

import (
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/harness"
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
				if r.Kills != kills || r.Killed[string(soak.Writer)] == 0 || r.Killed[string(soak.Reader)] == 0 || r.Restarts != r.Kills {
					t.Errorf("%d kills, %v, %d restarts, want %d", r.Kills, r.Killed, r.Restarts, kills)
				}
				if r.Messages < 10 || r.Ways[send.Name] == 0 || r.Ways[take.Name] == 0 {
					t.Errorf("%d messages, lives %v", r.Messages, r.Ways)
				}
				if r.Unbooked > 0 && take.Name != "pop" || r.Repeated > 0 && take.Name == "pop" {
					t.Errorf("%d taken and not booked, %d came again", r.Unbooked, r.Repeated)
				}
			})
		}
	}
}

// TestAStrangersKillDecidesNothing: somebody else, such as the kernel for want of
// memory, kills one of the two.
func TestAStrangersKillDecidesNothing(t *testing.T) {
	for _, role := range soak.Roles {
		t.Run(string(role), func(t *testing.T) {
			c := short(t, soaked.Subject(child), 1_000_000)
			over, struck := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(struck)
				for {
					for _, child := range harness.Live() {
						if strings.HasPrefix(child.Name(), string(role)) && !child.Idle() {
							unix.Kill(child.PID(), unix.SIGKILL) // the harness may have been first: again then
						}
					}
					select {
					case <-over:
						return
					default:
						runtime.Gosched()
					}
				}
			}()
			r := c.Run(t.Context())
			close(over)
			<-struck
			if len(r.Findings) != 1 || r.Findings[0].Verdict != soak.Unknown || r.Passed() {
				t.Fatalf("%+v", r)
			}
			if f := r.Findings[0]; !strings.Contains(f.What, harness.ErrDisturbed.Error()) {
				t.Errorf("it does not say that somebody else did it: %s", f.What)
			}
		})
	}
}
