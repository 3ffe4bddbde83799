package ledger

// An Outbox is one writer life's part of a ledger. It is for one goroutine.
type Outbox struct {
	ledger *Ledger
	life   int
	begun  uint64
}

// Outbox is that of a writer life which sends so many messages at once at most.
func (l *Ledger) Outbox(life, most int) *Outbox {
	l.writer(life, wordMost).Store(uint64(most))
	return &Outbox{ledger: l, life: life}
}

// Begin books that the next n messages are about to be sent, and returns the id
// of the first; those of the others follow it.
func (o *Outbox) Begin(n int) ID {
	first := o.begun + 1
	o.begun += uint64(n)
	o.ledger.writer(o.life, wordBegun).Store(o.begun)
	return NewID(o.life, first)
}

// Done books that all messages begun are sent.
func (o *Outbox) Done() { o.ledger.writer(o.life, wordDone).Store(o.begun) }

// An Inbox is one reader life's part of a ledger, and checks what comes. It is
// for one goroutine.
type Inbox struct {
	ledger  *Ledger
	life    int
	stand   Stand
	last    ID // checked last; zero before the first
	sent    uint64
	scratch []byte
}

// Inbox is that of a reader life, which begins where its predecessors stood.
func (l *Ledger) Inbox(life int) *Inbox {
	return &Inbox{
		ledger: l, life: life, stand: l.Books(0, life).Stand(life),
		scratch: make([]byte, l.Format.Longest),
	}
}

// Check checks a message that has come: its bytes, and that it may come now. It
// books nothing yet.
func (i *Inbox) Check(msg []byte) (ID, error) {
	id, err := i.ledger.Format.Read(msg, i.scratch)
	if err != nil {
		return 0, wrong("%v; the message before it was %v", err, i.last.plain())
	}
	// The writer's word is looked at as seldom as possible: a look takes its
	// cache line.
	if i.last != 0 && id.plain() == i.last.plain()+1 && id.Number() <= i.sent {
		i.last = id
		return id, nil
	}
	return id, i.look(id)
}

// look checks a message that is the first, the first of another life, or ahead
// of what was known to be sent.
func (i *Inbox) look(id ID) (err error) {
	if life := id.Life(); life < 1 || life > Lives {
		return wrong("message %v is of no life", id)
	}
	b := i.ledger.Books(id.Life(), 0)
	before := i.last.plain()
	if i.last == 0 {
		before = i.stand.Last
		var missed, repeated uint64
		missed, repeated, err = b.First(i.stand, id)
		i.ledger.reader(i.life, wordMissed).Store(missed)
		i.ledger.reader(i.life, wordRepeated).Store(repeated)
	} else {
		err = b.Follows(before, id)
	}
	if err != nil {
		return err
	}
	if i.last != 0 || i.stand.exact(id) {
		for life := before.Life(); life < id.Life(); life++ {
			if life > 0 && i.ledger.final(life).Load() == 0 {
				i.ledger.final(life).Store(number(before, life) + 1)
			}
		}
	}
	i.last, i.sent = id, b.sent(id.Life()).Begun
	return nil
}

// number is that of the id if it is of that life, else none.
func number(id ID, life int) uint64 {
	if id.Life() == life {
		return id.Number()
	}
	return 0
}

// Taking books that from now on a message may be taken before it is booked.
func (i *Inbox) Taking() { i.ledger.reader(i.life, wordInHand).Store(1) }

// Taken books a message.
func (i *Inbox) Taken(id ID) { i.ledger.reader(i.life, wordLast).Store(uint64(id)) }

// Hold books that a message is looked at, and all that come behind it, and that
// none of them is let go of yet. It comes before Taken.
func (i *Inbox) Hold(first ID) { i.ledger.reader(i.life, wordHeld).Store(uint64(first)) }

// LettingGo books that what is held, from first on, is about to be let go of.
func (i *Inbox) LettingGo(first ID) {
	i.ledger.reader(i.life, wordHeld).Store(uint64(first | 1<<goingBit))
}

// Released books that nothing is held any more.
func (i *Inbox) Released() { i.ledger.reader(i.life, wordHeld).Store(0) }
