package ledger

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Lives is how many lives of a kind a ledger has room for.
const Lives = 128

// Words of the file. Each life has cache lines of its own, since it is stored to
// for every message.
const (
	magic = 0x6b70_6c65_6467_6572 // "kpledger"

	wordMagic   = 0
	wordSeed    = 1
	wordLongest = 2
	wordFinish  = 8

	writersAt = 16
	readersAt = writersAt + Lives*lifeWords
	finalsAt  = readersAt + Lives*lifeWords
	total     = finalsAt + Lives
	lifeWords = 16

	// Of a writer life.
	wordBegun = 0
	wordMost  = 1
	wordDone  = 2

	// Of a reader life.
	wordLast     = 0
	wordHeld     = 1
	wordInHand   = 2
	wordMissed   = 8
	wordRepeated = 9
)

// A Ledger is a mapped file of words. Any process may look at it at any time;
// each word has one process that stores it.
type Ledger struct {
	mem    []byte
	words  []atomic.Uint64
	Format Format
}

// Create makes the file of a soak with messages of that format. Errors are those
// of making and mapping a file.
func Create(path string, format Format) (*Ledger, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, total*8)); err != nil { // a hole could find the disk full later
		return nil, fmt.Errorf("ledger: %w", err)
	}
	l, err := mapped(f)
	if err != nil {
		return nil, err
	}
	l.words[wordSeed].Store(format.Seed)
	l.words[wordLongest].Store(uint64(format.Longest))
	l.words[wordMagic].Store(magic)
	l.Format = format
	return l, nil
}

// Open maps a ledger that was created. Errors: those of opening and mapping, and
// one if the file is no ledger.
func Open(path string) (*Ledger, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if info.Size() != total*8 {
		return nil, fmt.Errorf("ledger: %s has %d bytes, a ledger has %d", path, info.Size(), total*8)
	}
	l, err := mapped(f)
	if err != nil {
		return nil, err
	}
	if l.words[wordMagic].Load() != magic {
		return nil, errors.Join(fmt.Errorf("ledger: %s is none", path), l.Close())
	}
	l.Format = Format{Seed: l.words[wordSeed].Load(), Longest: int(l.words[wordLongest].Load())}
	return l, nil
}

func mapped(f *os.File) (*Ledger, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, total*8, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("ledger: map %s: %w", f.Name(), err)
	}
	return &Ledger{mem: mem, words: wordsOf(mem)}, nil
}

// Close unmaps the ledger. The file stays.
func (l *Ledger) Close() error { return unix.Munmap(l.mem) }

// Image is a copy of the whole.
func (l *Ledger) Image() []byte { return slices.Clone(l.mem) }

// Finish asks the writer to come to its end: to send one message more, the last.
func (l *Ledger) Finish() { l.words[wordFinish].Store(1) }

// Finishing reports whether that was asked for.
func (l *Ledger) Finishing() bool { return l.words[wordFinish].Load() != 0 }

func (l *Ledger) writer(life, word int) *atomic.Uint64 {
	return &l.words[writersAt+(life-1)*lifeWords+word]
}

func (l *Ledger) reader(life, word int) *atomic.Uint64 {
	return &l.words[readersAt+(life-1)*lifeWords+word]
}

// final holds 0 as long as it is not known, else one more than the number.
func (l *Ledger) final(life int) *atomic.Uint64 { return &l.words[finalsAt+life-1] }

// Sent is what a writer life has stored so far.
func (l *Ledger) Sent(life int) Sent {
	// Done first: it cannot be ahead of begun then.
	s := Sent{Done: l.writer(life, wordDone).Load()}
	s.Begun, s.Most = l.writer(life, wordBegun).Load(), l.writer(life, wordMost).Load()
	if f := l.final(life).Load(); f != 0 {
		f--
		s.Final = &f
	}
	return s
}

// Taken is what a reader life has stored so far.
func (l *Ledger) Taken(life int) Taken {
	held := ID(l.reader(life, wordHeld).Load())
	return Taken{
		Last: ID(l.reader(life, wordLast).Load()).plain(), Held: held.plain(), LettingGo: held>>goingBit&1 != 0,
		InHand: l.reader(life, wordInHand).Load(),
		Missed: l.reader(life, wordMissed).Load(), Repeated: l.reader(life, wordRepeated).Load(),
	}
}

// Books is what stands there now of that many lives.
func (l *Ledger) Books(writers, readers int) Books {
	var b Books
	for life := 1; life <= writers; life++ {
		b.Writers = append(b.Writers, l.Sent(life))
	}
	for life := 1; life <= readers; life++ {
		b.Readers = append(b.Readers, l.Taken(life))
	}
	return b
}
