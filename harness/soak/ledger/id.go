package ledger

import "fmt"

// An ID names a message: the life of the writer that sent it, counted from 1,
// and its number within that life, counted from 1. The zero ID is no message.
type ID uint64

const (
	numberBits = 40
	lastBit    = 63
	goingBit   = 62 // of a word that holds an id: see Inbox.LettingGo
)

// NewID returns the id of a message.
func NewID(life int, number uint64) ID { return ID(uint64(life)<<numberBits | number) }

// Life is the life of the writer.
func (id ID) Life() int { return int(id.plain() >> numberBits) }

// Number is the number within that life.
func (id ID) Number() uint64 { return uint64(id) & (1<<numberBits - 1) }

// Last marks the message as the very last one: its writer has finished.
func (id ID) Last() ID { return id | 1<<lastBit }

// IsLast tells whether it is so marked.
func (id ID) IsLast() bool { return id>>lastBit != 0 }

// plain is the id without marks: only such ids can be compared.
func (id ID) plain() ID { return id &^ (1<<lastBit | 1<<goingBit) }

// String is "3:17" for message 17 of life 3.
func (id ID) String() string { return fmt.Sprintf("%d:%d", id.Life(), id.Number()) }

// MarshalText writes it so.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }
