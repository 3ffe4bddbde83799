package ledger

// A Stand is what may come next for a reader, as its predecessors have left it.
type Stand struct {
	Last   ID     // the message booked last
	Held   ID     // from which all may come again; zero if nothing may
	InHand uint64 // how many messages may be missing
}

// Stand is where the reader life of that number begins.
func (b Books) Stand(life int) Stand {
	var s Stand
	for _, t := range b.Readers[:life-1] {
		if t.Last == 0 {
			s.InHand += t.InHand // it has booked nothing: all else is as it was
			continue
		}
		s = Stand{t.Last.plain(), t.Held.plain(), t.InHand}
	}
	return s
}

// Exact tells whether nothing can be missing.
func (s Stand) Exact() bool { return s.InHand == 0 }

// First checks the first message of a reader that begins there, and returns how
// many are missing at least, and how many of those booked come again.
func (b Books) First(s Stand, id ID) (missed, repeated uint64, err error) {
	missed, err = b.Skipped(s.Last, id)
	if again, heldErr := b.afterHeld(s, id); heldErr == nil && (err != nil || again < missed) {
		missed, err = again, nil
	}
	switch {
	case err != nil && s.Held != 0:
		return 0, 0, wrong("a reader begins with %v; its predecessor had booked %v, and held what came from %v on: %w", id.plain(), s.Last, s.Held, err)
	case err != nil:
		return 0, 0, wrong("a reader begins with %v; its predecessor had booked %v and held nothing: %w", id.plain(), s.Last, err)
	case missed > s.InHand:
		return 0, 0, wrong("a reader begins with %v: %d messages are missing behind %v, at most %d had been taken", id.plain(), missed, s.Last, s.InHand)
	}
	if id.plain() <= s.Last {
		repeated = b.between(id.plain(), s.Last)
	}
	return missed, repeated, nil
}

// afterHeld is Skipped for a reader that is to begin with the message held.
func (b Books) afterHeld(s Stand, id ID) (uint64, error) {
	switch {
	case s.Held == 0:
		return 0, wrong("nothing is held")
	case id.plain() == s.Held:
		return 0, nil
	}
	skipped, err := b.Skipped(s.Held, id)
	return skipped + 1, err
}

// between counts the messages from one that has arrived to another.
func (b Books) between(from, to ID) (n uint64) {
	if from.Life() == to.Life() {
		return to.Number() - from.Number() + 1
	}
	n = b.sent(from.Life()).arrived(from.Number()) - from.Number() + 1
	for life := from.Life() + 1; life < to.Life(); life++ {
		n += b.sent(life).arrived(0)
	}
	return n + to.Number()
}
