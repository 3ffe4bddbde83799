package soak

import (
	"bytes"
	"os"

	"killpoint/harness"
)

// sleeps are those in which a process was seen since anything had changed.
type sleeps struct {
	forever int64 // number of the one that ends by a wake alone; 0 if there is none
	seen    int   // how often in that one
	polls   map[int64]bool
	last    harness.FutexWait
}

// settled tells whether the process will do nothing by itself: it was seen twice
// in one sleep without a time limit, or has looked in vain between three others.
func (s *sleeps) settled() bool { return s.seen >= 2 || len(s.polls) >= 3 }

// in takes note of a sleep.
func (s *sleeps) in(w harness.FutexWait) {
	s.last = w
	switch {
	case w.Timeout != nil:
		s.polls[w.Sleeps] = true
	case w.Sleeps == s.forever:
		s.seen++
	default:
		s.forever, s.seen = w.Sleeps, 1
	}
}

// A stuckness is the attempt to prove that nothing flows any more.
type stuckness struct {
	image, books []byte
	asleep       map[Role]*sleeps
	blind        error // why the kernel shows nothing
}

// look looks once, and tells whether it is proven: both processes sleep on words
// of what they share, nobody else is there to wake them, and since both went to
// sleep, or have looked in vain, not a byte has changed.
func (s *stuckness) look(r *round, sleepsOf func(e *end, path string) ([]harness.FutexWait, error)) bool {
	if !s.same(r) {
		s.asleep = map[Role]*sleeps{Writer: {polls: map[int64]bool{}}, Reader: {polls: map[int64]bool{}}}
	}
	proven := true
	for role, e := range r.ends {
		a := s.asleep[role]
		waits, err := sleepsOf(e, r.path)
		if err != nil {
			s.blind = err
			return false
		}
		if len(waits) == 1 {
			a.in(waits[0])
		} else { // awake: between two polls, or at work
			a.seen = 0
		}
		proven = proven && a.settled()
	}
	if proven = proven && s.same(r); proven {
		for role, e := range r.ends {
			r.timeline.Mark(harness.Slept, "", e.name(), "%s, for good: nobody can wake it", s.asleep[role].last)
		}
	}
	return proven
}

// same tells whether nothing has changed since the last time.
func (s *stuckness) same(r *round) bool {
	image, err := os.ReadFile(r.path)
	books := r.books.Image()
	if err == nil && bytes.Equal(image, s.image) && bytes.Equal(books, s.books) {
		return true
	}
	s.image, s.books = image, books
	return false
}
