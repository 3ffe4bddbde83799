package ledger

import (
	"errors"
	"fmt"
)

// Books are what stands in a ledger at one moment; life n has index n-1. Those of
// lives that have ended do not change any more.
type Books struct {
	Writers []Sent  `json:"writers"`
	Readers []Taken `json:"readers"`
}

// Sent is what one writer life has stored.
type Sent struct {
	Begun uint64 `json:"begun"` // the highest number that it was about to send
	Done  uint64 `json:"done"`  // the highest number that it knows to be sent
	Most  uint64 `json:"most"`  // how many it sends at once, at most
	// Final is the highest number that has arrived, once that is known: when a
	// message of a later life came right behind it.
	Final *uint64 `json:"final,omitempty"`
}

// Taken is what one reader life has stored.
type Taken struct {
	Last ID `json:"last"` // the message booked last; zero if there was none
	// Held is the first of the messages that it looks at and has not let go of:
	// all from there on come again. Zero if it holds none.
	Held ID `json:"held"`
	// LettingGo says that it is about to let go of them, or has just done so: all
	// come again, or none.
	LettingGo bool `json:"letting_go,omitempty"`
	// InHand is the number of messages that it may have taken beyond Last.
	InHand uint64 `json:"in_hand"`
	// Missed and Repeated count, with its first message, what the death before
	// it has cost.
	Missed   uint64 `json:"missed"`
	Repeated uint64 `json:"repeated"`
}

// ErrWrong is matched by every error that a rule of the books gives.
var ErrWrong = errors.New("the books are broken")

// wrongError is such an error.
type wrongError string

func (e wrongError) Error() string        { return string(e) }
func (e wrongError) Is(target error) bool { return target == ErrWrong }

func wrong(format string, args ...any) error { return wrongError(fmt.Sprintf(format, args...)) }

func (b Books) sent(life int) Sent {
	if life < 1 || life > len(b.Writers) {
		return Sent{}
	}
	return b.Writers[life-1]
}

// arrived is the least number that must have arrived of a life that has ended,
// if n has.
func (s Sent) arrived(n uint64) uint64 {
	if s.Final != nil {
		return *s.Final
	}
	return max(s.Done, n)
}

// Skipped is how many messages at least lie between two that came one after the
// other. All lives before that of the second have ended. The zero ID is the
// begin of all. It is an error if the second cannot come behind the first, or was
// never sent.
func (b Books) Skipped(before, id ID) (uint64, error) {
	before, id = before.plain(), id.plain()
	switch s := b.sent(id.Life()); {
	case id.Life() < 1 || id.Number() < 1 || id.Number() > s.Begun:
		return 0, wrong("message %v arrives, and life %d has sent no more than %d", id, id.Life(), s.Begun)
	case s.Final != nil && id.Number() > *s.Final:
		return 0, wrong("message %v arrives, and the last one of its life was %d when they came first", id, *s.Final)
	case id <= before:
		return 0, wrong("message %v comes behind %v, again or out of order", id, before)
	case id.Life() == before.Life():
		return id.Number() - before.Number() - 1, nil
	}
	skipped := id.Number() - 1
	if at := b.sent(before.Life()).arrived(before.Number()); at > before.Number() {
		skipped += at - before.Number()
	}
	for life := before.Life() + 1; life < id.Life(); life++ {
		skipped += b.sent(life).arrived(0)
	}
	return skipped, nil
}

// Follows returns nil if a message may come right behind another one.
func (b Books) Follows(before, id ID) error {
	skipped, err := b.Skipped(before, id)
	if err != nil {
		return err
	}
	if skipped > 0 {
		return wrong("missing between %v and %v: %d; life %d knew %d to be sent",
			before.plain(), id.plain(), skipped, before.Life(), b.sent(before.Life()).Done)
	}
	return nil
}

// Ended checks what a writer life has left, once it has ended.
func (b Books) Ended(life int) error {
	s := b.sent(life)
	switch {
	case s.Done > s.Begun:
		return wrong("life %d has sent %d and begun no more than %d", life, s.Done, s.Begun)
	case s.Begun-s.Done > s.Most:
		return wrong("life %d has begun %d and sent %d: it sends %d at once at most", life, s.Begun, s.Done, s.Most)
	case s.Final != nil && (*s.Final < s.Done || *s.Final > s.Begun):
		return wrong("of life %d the last that arrived is %d, must be from %d to %d", life, *s.Final, s.Done, s.Begun)
	}
	return nil
}

// Drained checks that a writer life that has finished has nothing left behind.
func (b Books) Drained(life int) error {
	s := b.sent(life)
	if s.Begun != s.Done {
		return wrong("life %d has finished and has begun %d, sent %d", life, s.Begun, s.Done)
	}
	last := ID(0)
	if n := len(b.Readers); n > 0 {
		last = b.Readers[n-1].Last.plain()
	}
	if want := NewID(life, s.Done); last != want {
		return wrong("the last message that has arrived is %v, must be %v", last, want)
	}
	return nil
}

// Lost is how many messages of a writer life that has ended were begun and have
// not arrived, as far as that is known.
func (b Books) Lost(life int) uint64 {
	s := b.sent(life)
	if s.Final == nil {
		return 0
	}
	return s.Begun - *s.Final
}

// Arrived is how many messages of a writer life have arrived, at least.
func (b Books) Arrived(life int) uint64 { return b.sent(life).arrived(0) }

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

// exact reports whether a message that begins there came right behind Last.
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
