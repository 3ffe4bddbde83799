package ledger

import "fmt"

// A Stand is what may come next for a reader, as its predecessors have left it.
type Stand struct {
	Last ID // the message booked last
	Held ID // from which all may come again; zero if nothing may
	// Again says that all from Held on must come again.
	Again  bool
	InHand uint64 // how many messages may be missing
}

// Stand is where the reader life of that number begins.
func (b Books) Stand(life int) Stand {
	var s Stand
	for _, t := range b.Readers[:life-1] {
		if t.Last == 0 && t.Held == 0 {
			s.InHand += t.InHand // it has booked nothing: all else is as it was
			continue
		}
		last := t.Last
		if last == 0 {
			last = s.Last
		}
		s = Stand{last, t.Held, t.Held != 0 && !t.LettingGo, t.InHand}
	}
	return s
}

// exact tells whether a message that begins there came right behind Last.
func (s Stand) exact(id ID) bool { return s.InHand == 0 && id.plain() != s.Held }

// First checks the first message of a reader that begins there, and returns how
// many are missing at least, and how many of those booked come again.
func (b Books) First(s Stand, id ID) (missed, repeated uint64, err error) {
	missed, err = b.Skipped(s.Last, id)
	again, heldErr := b.afterHeld(s, id)
	if s.Again || heldErr == nil && (err != nil || again < missed) {
		missed, err = again, heldErr
	}
	if err == nil && missed > s.InHand {
		err = wrong("missing before it: %d", missed)
	}
	if err != nil {
		return 0, 0, wrong("a reader begins with %v; %v: %v", id.plain(), s, err)
	}
	if id.plain() <= s.Last {
		repeated = b.between(id.plain(), s.Last)
	}
	return missed, repeated, nil
}

// String says what must come next.
func (s Stand) String() string {
	text := fmt.Sprintf("its predecessor had booked %v", s.Last)
	switch {
	case s.Again:
		text += fmt.Sprintf(" and held what comes from %v on, which must come again", s.Held)
	case s.Held != 0:
		text += fmt.Sprintf(" and was letting go of what comes from %v on", s.Held)
	}
	if s.InHand > 0 {
		text += fmt.Sprintf(", and %d more may have been taken", s.InHand)
	}
	return text
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
