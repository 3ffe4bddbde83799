package failpoints_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pingcap/failpoint"

	"killpoint/harness/agent"
	"killpoint/harness/agent/failpoints"
)

var _ agent.Markers = failpoints.Markers{}

func TestHookRunsAtItsMarkerOnly(t *testing.T) {
	m := failpoints.Markers{Prefix: "some/package/", Names: []string{"here", "there"}, Live: func() bool { return true }}
	hits := 0
	if err := m.Set("here", func() { hits++ }); err != nil {
		t.Fatal(err)
	}
	defer failpoint.Disable("some/package/here")
	// What a marker is rewritten to.
	for _, name := range []string{"some/package/here", "some/package/there", "other/package/here", "some/package/here"} {
		failpoint.Call(name)
	}
	if hits != 2 {
		t.Errorf("the hook ran %d times, want 2", hits)
	}
}

func TestUnknownSiteIsNamed(t *testing.T) {
	m := failpoints.Markers{Prefix: "some/package/", Names: []string{"here"}, Live: func() bool { return true }}
	err := m.Set("her", func() { t.Error("the hook of no site ran") })
	if err == nil || !strings.Contains(err.Error(), `"her"`) || !strings.Contains(err.Error(), "[here]") {
		t.Errorf("error %v, want one that names the site and those that there are", err)
	}
	failpoint.Call("some/package/her")
}

func TestMarkersSayWhatTheyAre(t *testing.T) {
	for _, live := range []bool{true, false} {
		m := failpoints.Markers{Names: []string{"a", "b"}, Live: func() bool { return live }}
		if m.Instrumented() != live || !slices.Equal(m.Sites(), []string{"a", "b"}) {
			t.Errorf("instrumented %v, sites %v", m.Instrumented(), m.Sites())
		}
	}
}

// TestProbeTellsLiveMarkersFromOthers: those of another prefix are not this
// package's, and those that were not rewritten do nothing.
func TestProbeTellsLiveMarkersFromOthers(t *testing.T) {
	for _, row := range []struct {
		name string
		pass func(string)
		want bool
	}{
		{"rewritten", func(name string) { failpoint.Call("some/package/" + name) }, true},
		{"rewritten elsewhere", func(name string) { failpoint.Call("other/package/" + name) }, false},
		{"not rewritten", func(name string) { failpoint.InjectCall(name) }, false},
	} {
		live := failpoints.Probe("some/package/", row.pass)
		for range 2 { // a probe leaves nothing behind
			if got := live(); got != row.want {
				t.Errorf("%s: live is %v, want %v", row.name, got, row.want)
			}
		}
	}
}

// TestMarkersWithoutLiveAreRefused: nobody knows whether a hook would ever run.
func TestMarkersWithoutLiveAreRefused(t *testing.T) {
	m := failpoints.Markers{Prefix: "some/package/", Names: []string{"here"}}
	if !m.Instrumented() {
		t.Error("they are said not to be instrumented, which is not known")
	}
	err := m.Set("here", func() {})
	if err == nil || !strings.Contains(err.Error(), `failpoints.Probe("some/package/"`) {
		t.Errorf("error %v, want the way out", err)
	}
}
