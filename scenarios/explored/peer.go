package explored

import (
	"errors"
	"fmt"

	"killpoint/ring"
)

// A Peer is what the other side does while an operation stands still: one whole
// operation, or one in two parts, each at a stop of its own.
type Peer struct {
	Name string
	// Late: it arrives then. Else it has been there from before the operation,
	// has sent or taken what came before, and remembers what it saw.
	Late bool
	// Writes tells which side it is on.
	Writes bool

	acts []func(*side) error
}

// Readers are the peers of a writer, Writers those of a reader.
func Readers() []Peer {
	return []Peer{
		{Name: "pop", acts: acts((*side).pop)},
		{Name: "pop two", acts: acts((*side).popTwo)},
		{Name: "peek, release", acts: acts((*side).peekRelease)},
		{Name: "open, pop", Late: true, acts: acts((*side).pop)},
		{Name: "pop all, waiting", acts: acts((*side).popAll)},
		{Name: "pop | pop", acts: acts((*side).pop, (*side).pop)},
		{Name: "peek | release", acts: acts((*side).peek, (*side).release)},
	}
}

// Writers are the peers of a reader.
func Writers() []Peer {
	return []Peer{
		{Name: "push", Writes: true, acts: acts((*side).push)},
		{Name: "push a batch", Writes: true, acts: acts((*side).pushBatch)},
		{Name: "push a long one", Writes: true, acts: acts((*side).pushLong)},
		{Name: "reserve, commit", Writes: true, acts: acts((*side).reserveCommit)},
		{Name: "attach, push", Late: true, Writes: true, acts: acts((*side).push)},
		{Name: "push many, waiting", Writes: true, acts: acts((*side).pushMany)},
		{Name: "push a long one, waiting", Writes: true, acts: acts((*side).pushLongWaiting)},
		{Name: "push | push", Writes: true, acts: acts((*side).push, (*side).push)},
		{Name: "reserve | commit", Writes: true, acts: acts((*side).reserve, (*side).commit)},
	}
}

func acts(list ...func(*side) error) []func(*side) error { return list }

// side is the end that a peer holds, and all that it has sent and got.
type side struct {
	path      string
	w         *ring.Writer
	r         *ring.Reader
	sent, got [][]byte

	held [][]byte // peeked, not released
	body []byte   // reserved, not committed

	waiter   *waiter // an operation that waits, or has waited
	expected int     // messages that a reader will have got in the end
	size     int     // bytes of the messages for which a writer waits
}

// arrive opens the end of a peer that is not there yet.
func (s *side) arrive(writes bool) (err error) {
	if writes {
		s.w, err = ring.Attach(s.path, ring.WithoutPolling())
	} else {
		s.r, err = ring.Open(s.path, ring.WithoutPolling())
	}
	return err
}

func (s *side) here() bool { return s.w != nil || s.r != nil }

// leave closes the end, and waits until its role is free.
func (s *side) leave() (err error) {
	if s.waiter != nil {
		err = s.waiter.stop()
		s.waiter = nil
	}
	if s.w != nil {
		err = errors.Join(err, s.w.Close(), givenUp(s.path, writerRole))
	}
	if s.r != nil {
		err = errors.Join(err, s.r.Close(), givenUp(s.path, readerRole))
	}
	s.w, s.r = nil, nil
	return err
}

// help does what a side that sleeps waits for.
func (s *side) help() error {
	if s.w != nil {
		return s.push()
	}
	return s.pop()
}

func (s *side) pop() error {
	m, err := s.r.TryPop(nil)
	if err == nil {
		s.got = append(s.got, m)
	}
	return unless(err, ring.ErrEmpty)
}

func (s *side) popTwo() error { return errors.Join(s.pop(), s.pop()) }

func (s *side) peek() error {
	for {
		m, err := s.r.TryPeek()
		if err != nil {
			return unless(err, ring.ErrEmpty)
		}
		s.held = append(s.held, m)
	}
}

// release looks at the messages only now: nobody may have touched them.
func (s *side) release() error {
	for _, m := range s.held {
		s.got = append(s.got, append([]byte{}, m...))
	}
	s.held = nil
	return s.r.Release()
}

func (s *side) peekRelease() error { return errors.Join(s.peek(), s.release()) }

// fresh is a message that was not sent yet.
func (s *side) fresh(size int) []byte { return msg(fmt.Sprintf("P%d", len(s.sent)), size) }

func (s *side) push() error {
	m := s.fresh(20)
	err := s.w.TryPush(m)
	if err == nil {
		s.sent = append(s.sent, m)
	}
	return unless(err, ring.ErrFull)
}

func (s *side) pushBatch() error {
	batch := [][]byte{s.fresh(20), {}, msg("Q", 44)}
	n, err := s.w.TryPushBatch(batch)
	s.sent = append(s.sent, batch[:n]...)
	return unless(err, ring.ErrFull)
}

// pushLong sends what has room only once the reader has followed to the next
// lap, or no room at all.
func (s *side) pushLong() error {
	m := s.fresh(s.long())
	err := s.w.TryPush(m)
	if err == nil {
		s.sent = append(s.sent, m)
	}
	return unless(err, ring.ErrFull)
}

func (s *side) long() int { return s.w.Capacity() - 24 }

func (s *side) reserve() (err error) {
	s.body, err = s.w.TryReserve(20)
	return unless(err, ring.ErrFull)
}

func (s *side) commit() error {
	if s.body == nil {
		return nil
	}
	m := s.fresh(len(s.body))
	copy(s.body, m)
	s.body = nil
	s.sent = append(s.sent, m)
	return s.w.Commit(len(m))
}

func (s *side) reserveCommit() error { return errors.Join(s.reserve(), s.commit()) }

func unless(err, allowed error) error {
	if errors.Is(err, allowed) {
		return nil
	}
	return err
}
