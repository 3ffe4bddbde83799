package explored

import (
	"context"

	"killpoint/harness/explore"
)

// points are the ordinals at which a victim is killed: the first state of each
// canonical image, and of each number of system calls done with it.
func points(tr *explore.Trace) (ordinals []int) {
	seen := map[moment]bool{}
	for i, m := range moments(tr) {
		m.image = tr.States[i].Canonical
		if !seen[m] {
			seen[m] = true
			ordinals = append(ordinals, i)
		}
	}
	return ordinals
}

// kill has a fresh child die at each point.
func (b *bench) kill(ctx context.Context, program string, r *Result) error {
	for _, i := range points(r.Trace) {
		s := &r.Trace.States[i]
		dead, err := b.explore(ctx, program, &s.Ordinal)
		if err != nil {
			return err
		}
		r.Kills++
		if !dead.After.Equal(s.Image) {
			r.wrong("%s: a real death leaves another image", where(s))
		}
	}
	return nil
}
