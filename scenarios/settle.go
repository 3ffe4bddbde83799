package scenarios

import (
	"killpoint/harness"
	"killpoint/ring"
)

// settle watches a child that may sleep in a blocking operation until it is
// certain what it does; see harness.Settle. All others are dead, stopped or idle
// by then. Asleep beside its work it stalls (for good) or ignores it (polling);
// with no work to do it waits.
func (l *lab) settle(c *harness.Child, p *harness.Pending, word int64) string {
	settled, image, err := c.Settle(l.ctx, p, l.ring, word, func() ([]byte, error) { return l.image(), nil })
	l.check(err)
	switch settled {
	case harness.Asleep:
		return l.reaction(image, word, Stalls)
	case harness.Repolling:
		return l.reaction(image, word, Ignores)
	}
	return Resumes
}

// reaction says what sleeping amounts to: the given word if the image holds
// work for the sleeper, else it waits.
func (l *lab) reaction(image []byte, word int64, beside string) string {
	s := ring.Decode(image)
	if word == ring.SpaceAvailOffset {
		if s.Capacity-(s.Write-s.Read) >= uint64(spaceWanted) {
			return beside
		}
		return Waits
	}
	for _, rec := range s.Records {
		if !rec.Wrap {
			return beside
		}
	}
	return Waits
}

// spaceWanted is the room that every message takes for which a writer of these
// scenarios waits.
const spaceWanted = 64
