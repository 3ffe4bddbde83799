//go:build linux && amd64

package explore_test

import (
	"testing"

	"killpoint/harness/explore"
)

// TestAccessesAreMore: the engine that stops before every access sees what the
// others see, and before each store the moment at which it is not done.
func TestAccessesAreMore(t *testing.T) {
	for _, p := range append(probes, struct {
		probe
		images int
		kinds  string
	}{probe: probe{op: "wait"}}) {
		t.Run(p.op, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			want := p.must(t, dir, -1)
			p.Engine = explore.Accesses
			got := p.must(t, dir, -1)
			accesses, was := 0, explore.Begin
			var rest []explore.State
			for _, s := range got.States {
				switch {
				case s.Kind == explore.Access:
					accesses++
				case s.Kind == explore.Store && was != explore.Access:
					t.Errorf("state %v comes without a stop before it", &s)
				default:
					s.Ordinal = len(rest)
					rest = append(rest, s)
				}
				was = s.Kind
			}
			if accesses < want.Stats.Stores {
				t.Errorf("%d accesses, and %d stores", accesses, want.Stats.Stores)
			}
			agree(t, want, &explore.Trace{States: rest})
			if got.Ending != want.Ending || !got.After.Equal(want.After) {
				t.Errorf("%s, want %s, or another image is left", got.Ending, want.Ending)
			}
		})
	}
}

// TestEveryAccessIsAStop: also one that loads and stores.
func TestEveryAccessIsAStop(t *testing.T) {
	p := probe{op: "exchange"}
	p.Engine = explore.Accesses
	if got, want := kinds(p.must(t, t.TempDir(), -1)), "begin, access, store, access, store, access, store, end"; got != want {
		t.Errorf("states are %s\nwant %s", got, want)
	}
}
