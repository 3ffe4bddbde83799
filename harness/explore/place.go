package explore

import "killpoint/harness/explore/internal/wire"

// place is where a thread stood: addresses, as distances from an origin that
// every process of the victim's program knows.
type place struct {
	pc, top int64
	returns [maxReturns]int64
	depth   int
}

const maxReturns = 24

func (p place) wire() wire.Place {
	return wire.Place{PC: p.pc, Top: p.top, Returns: append([]int64{}, p.returns[:p.depth]...)}
}
