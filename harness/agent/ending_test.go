package agent

import (
	"strings"
	"testing"
	"time"

	"killpoint/harness/control"
)

func TestSessionRefusesWhatItDoesNotUnderstand(t *testing.T) {
	begin := func(change func(*control.Start)) control.Command {
		s := &control.Start{Magic: control.Magic, Version: control.Version, Role: "singer"}
		change(s)
		return control.Command{Start: s}
	}
	for _, row := range []struct {
		name    string
		markers Markers
		start   control.Command
		want    string
	}{
		{"version", nil, begin(func(s *control.Start) { s.Version++ }), "build both from the same sources"},
		{"magic", nil, begin(func(s *control.Start) { s.Magic = "killjoy" }), "killjoy"},
		{"role", nil, begin(func(s *control.Start) { s.Role = "dancer" }), `role "dancer" is unknown; there are [singer]`},
		{"arm without markers", nil, begin(func(s *control.Start) { s.Arms = []control.Arm{{Site: "here", Hit: 1, Action: control.Park}} }), "not instrumented"},
		{"arm of an unknown site", fakeMarkers{"other": nil}, begin(func(s *control.Start) { s.Arms = []control.Arm{{Site: "there", Hit: 1, Action: control.Park}} }), `no site "there"`},
		{"arm without an action", fakeMarkers{"other": nil}, begin(func(s *control.Start) { s.Arms = []control.Arm{{Site: "here", Hit: 1}} }), "action"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := converse(t, row.markers)
			c.say(row.start)
			if fatal := c.next().Fatal; !strings.Contains(fatal, row.want) {
				t.Errorf("fatal %q, want %q", fatal, row.want)
			}
			c.ends(ExitUsage)
		})
	}
}

// TestLineThatIsNoCommandIsFatal: what cannot be read may have been anything,
// so the session ends.
func TestLineThatIsNoCommandIsFatal(t *testing.T) {
	c := converse(t, nil)
	c.start()
	c.call(1, "double", 1)
	c.reply(1, "double")
	c.say("a shopping list")
	if fatal := c.next().Fatal; !strings.Contains(fatal, "command: ") {
		t.Errorf("fatal %q, want what is wrong with the command", fatal)
	}
	<-c.code
}

func TestHarnessThatSaysNothingIsLost(t *testing.T) {
	c := converse(t, nil)
	c.ends(ExitLost)
}

func TestEndWhileIdleIsGood(t *testing.T) {
	c := converse(t, nil)
	c.start()
	c.ends(0)
	<-c.closed
	select {
	case <-c.lost:
		t.Error("the harness, which was done, was taken for lost")
	default:
	}
}

// TestEndWhileBusyIsALoss: a call under way will never be answered.
func TestEndWhileBusyIsALoss(t *testing.T) {
	c := converse(t, fakeMarkers{"other": nil})
	c.start(control.Arm{Site: "here", Hit: 1, Action: control.Park})
	c.call(1, "pass", "letter")
	c.next() // it begins
	if hit := c.next().Hit; hit == nil || hit.Site != "here" {
		t.Fatalf("got %+v, want a hit", hit)
	}
	c.commands.Close()
	<-c.lost
}

// TestParkedSessionIsReleased by a release that comes while it is parked, or
// before: one release is for one park.
func TestParkedSessionIsReleased(t *testing.T) {
	c := converse(t, fakeMarkers{"other": nil})
	c.start(
		control.Arm{Site: "here", Hit: 1, Action: control.Park},
		control.Arm{Site: "here", Hit: 3, Action: control.Park},
	)
	release := control.Command{Release: true}

	c.say(release) // before
	c.call(1, "pass", "first")
	parked(t, c, 1, `"first"`)
	if r := c.next().Reply; r == nil || r.ID != 1 {
		t.Fatalf("got %+v, want the end of call 1", r)
	}

	c.call(2, "pass", "second") // is not armed
	if r := c.reply(2, "pass"); r.Error != "" {
		t.Errorf("error %s", r.Error)
	}

	c.call(3, "pass", "third")
	parked(t, c, 3, `"third"`)
	select {
	case e := <-c.events:
		t.Fatalf("it goes on without a release: %+v", e)
	default:
	}
	c.say(release) // while it is parked
	if r := c.next().Reply; r == nil || r.ID != 3 {
		t.Fatalf("got %+v, want the end of call 3", r)
	}
	c.ends(0)
}

func parked(t *testing.T, c *conversation, hit int, holding string) {
	t.Helper()
	if b := c.next().Begin; b == nil {
		t.Fatalf("got %+v, want the beginning of a call", b)
	}
	h := c.next().Hit
	if h == nil || h.Hit != hit || h.Action != control.Park || string(h.Holding) != holding || h.Tid == 0 {
		t.Fatalf("got %+v, want hit %d holding %s", h, hit, holding)
	}
}

// TestSiteIsArmedWhileTheSessionRuns: hits are counted from there.
func TestSiteIsArmedWhileTheSessionRuns(t *testing.T) {
	c := converse(t, fakeMarkers{"other": nil})
	c.start()
	c.call(1, "pass", "first")
	c.reply(1, "pass")
	c.say(control.Command{Arm: &control.Arm{Site: "here", Hit: 1, Action: control.Park}})
	c.call(2, "pass", "second")
	parked(t, c, 1, `"second"`)
	c.say(control.Command{Arm: &control.Arm{Site: "there", Hit: 1, Action: control.Park}})
	if fatal := c.next().Fatal; !strings.Contains(fatal, `no site "there"`) {
		t.Errorf("fatal %q, want one that names the site", fatal)
	}
	c.say(control.Command{Release: true})
	if r := c.next().Reply; r == nil || r.ID != 2 {
		t.Fatalf("got %+v, want the end of call 2", r)
	}
	c.ends(0)
}

// TestReleaseIsHeardBehindAnyNumberOfCalls: calls wait for the one that is
// parked, commands do not wait for calls.
func TestReleaseIsHeardBehindAnyNumberOfCalls(t *testing.T) {
	c := converse(t, fakeMarkers{"other": nil})
	c.start(control.Arm{Site: "here", Hit: 1, Action: control.Park})
	c.call(1, "pass", "letter")
	parked(t, c, 1, `"letter"`)
	const many = 5000
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for id := range many {
			c.call(2+id, "double", id)
		}
		c.say(control.Command{Release: true})
	}()
	select {
	case <-heard:
	case <-time.After(time.Minute):
		t.Fatal("it does not hear what is behind the calls")
	}
	if r := c.next().Reply; r == nil || r.ID != 1 {
		t.Fatalf("got %+v, want the end of call 1", r)
	}
	for id := range many {
		if r := c.reply(2+id, "double"); r.Error != "" {
			t.Fatal(r.Error)
		}
	}
	c.ends(0)
}

// TestNobodyHoldsWhatTheLastCallHeld in its hands.
func TestNobodyHoldsWhatTheLastCallHeld(t *testing.T) {
	c := converse(t, fakeMarkers{"other": nil})
	c.start(control.Arm{Site: "here", Hit: 2, Action: control.Park})
	c.call(1, "pass", "letter")
	c.reply(1, "pass")
	c.call(2, "pass-bare", nil)
	parked(t, c, 2, "")
	c.say(control.Command{Release: true})
	if r := c.next().Reply; r == nil || r.ID != 2 {
		t.Fatalf("got %+v, want the end of call 2", r)
	}
	c.ends(0)
}
