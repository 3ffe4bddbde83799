package explored

import (
	"encoding/binary"
	"fmt"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// signals judges what an operation tells the other side: nothing if it has
// nothing to store. Else it wakes, with the event set by then, after it has
// stored an index for the first time; who is awake finds the later ones. One that
// has waited has rung before, and need not do so again while the event is set.
// What it has stored by the time it sleeps itself it has told as well.
func (b *bench) signals(trace *explore.Trace) (wrong []string) {
	if b.Silent && (trace.Stats.Stores > 0 || trace.Stats.Images > 1) {
		wrong = append(wrong, fmt.Sprintf("it stores %d times, and has nothing to store", trace.Stats.Stores))
	}
	if b.Wakes == 0 || trace.Ending != explore.Finished && trace.Ending != explore.Sleeping {
		return wrong
	}
	moved, woken, rung := false, false, false
	first := ring.Decode(trace.States[0].Image[0])
	for i := range trace.States {
		s := &trace.States[i]
		now, set := ring.Decode(s.Image[0]), binary.NativeEndian.Uint32(s.Image[0][b.Wakes:]) == 1
		if !moved && (now.Write != first.Write && b.Wakes == ring.DataAvailOffset ||
			now.Read != first.Read && b.Wakes == ring.SpaceAvailOffset) {
			moved, woken = true, b.Sleeps && rung && set
		}
		if c := s.Syscall; s.Kind == explore.Leave && c.Name == "futex" && c.Offset == b.Wakes {
			rung, woken = set, moved && set
		}
		if s.Kind == explore.Asleep && moved && !woken {
			return append(wrong, where(s)+": it sleeps, and the other side was not woken after the index was stored")
		}
	}
	if !woken && trace.Ending == explore.Finished {
		wrong = append(wrong, "the other side is not woken after the index was stored")
	}
	return wrong
}

// idleCalls judges what an operation costs that has no reason to sleep, beside
// nobody who does: the first wake of its process on each event, because what a
// predecessor has left is not known, and no other system call.
func (b *bench) idleCalls(trace *explore.Trace) (wrong []string) {
	if b.Wakes == 0 || b.Sleeps {
		return nil
	}
	woken := map[int64]bool{}
	for i := range trace.States {
		s := &trace.States[i]
		c := s.Syscall
		if s.Kind != explore.Leave {
			continue
		}
		const operation, wake = 0x7f, 1 // without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME; FUTEX_WAKE
		event := c.Offset == ring.DataAvailOffset || c.Offset == ring.SpaceAvailOffset
		switch {
		case c.Name != "futex" || !event || c.Args[1]&operation != wake:
			wrong = append(wrong, fmt.Sprintf("%s: it has no reason to call %s", where(s), c))
		case woken[c.Offset]:
			wrong = append(wrong, where(s)+": it wakes once more, and nobody sleeps")
		}
		woken[c.Offset] = true
	}
	return wrong
}
