package explored

import (
	"context"
	"errors"
	"fmt"

	"killpoint/harness"
	"killpoint/harness/explore"
)

// A Finding is the first thing that exploring finds wrong with a ring.
type Finding struct {
	Op   string `json:"op"`
	What string `json:"what"`
	Runs int    `json:"runs"` // operations that were explored until then
}

// Hunt explores operations on a build until something is wrong: the one called
// first, then all others. It judges images, then lets victims die beside live
// peers. No site is named. It returns nil if nothing is wrong.
func Hunt(ctx context.Context, b Build, dir, first string) (*Finding, error) {
	one, err := Select(first)
	if err != nil {
		return nil, err
	}
	runs := 0
	for _, ops := range [][]Operation{one, Operations()} {
		for _, live := range []bool{false, true} {
			for _, o := range ops {
				runs++
				r, err := Search{Build: b, Dir: dir, Kill: live, Live: live}.Find(ctx, o)
				switch {
				case err != nil && (undecided(err) || ctx.Err() != nil):
					return nil, err
				case err != nil:
					return &Finding{o.Name, err.Error(), runs}, nil
				case len(r.Violations) > 0:
					return &Finding{o.Name, r.Violations[0], runs}, nil
				}
			}
		}
	}
	return nil, nil
}

// undecided tells whether an error says nothing about the ring. Any other one is
// that of an operation that does not do what it is for.
func undecided(err error) bool {
	for _, e := range []error{
		context.Canceled, context.DeadlineExceeded, harness.ErrDeadline,
		explore.ErrCannot, explore.ErrUnsupported, explore.ErrWatchdog, explore.ErrSteps, explore.ErrKilled,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Contest has the named peer act in the middle of the named operation, at each
// of its stops. It returns nil if nothing is wrong.
func Contest(ctx context.Context, b Build, dir, op, peer string) (*Finding, error) {
	for _, d := range Duels() {
		if d.Op.Name != op || d.Peer.Name != peer {
			continue
		}
		p, err := d.Run(ctx, b.Program.Path, dir)
		if err != nil || len(p.Violations) == 0 {
			return nil, err
		}
		return &Finding{op, p.Violations[0], p.Runs}, nil
	}
	return nil, fmt.Errorf("there is no %q beside a peer that does %q", op, peer)
}
