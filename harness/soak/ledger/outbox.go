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
