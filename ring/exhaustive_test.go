package ring_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"killpoint/ring"
)

// everywhere runs a test for every small capacity, at every offset of the lap,
// and with every length about every boundary, on a ring that is empty.
func everywhere(t *testing.T, test func(m *model, n int)) {
	dir, most := t.TempDir(), 200
	if ring.RaceDetector {
		most = 88
	}
	for capacity := ring.MinCapacity; capacity <= most; capacity += 8 {
		t.Run(fmt.Sprintf("capacity %d", capacity), func(t *testing.T) {
			m := newModel(t, dir, capacity)
			defer m.close()
			for offset := 0; offset < capacity; offset += 8 {
				for _, n := range boundaries(capacity, capacity-offset) {
					for m.write%m.capacity != uint64(offset) {
						m.push(nil)
						m.pop()
					}
					test(m, n)
					for m.pop() {
					}
				}
				m.expectFile()
			}
		})
	}
}

// boundaries are the lengths about those where a record takes more room, fits
// into the rest of the lap, fits beside it, or fits no more.
func boundaries(capacity, rest int) []int {
	most := ring.MaxMessage(capacity)
	lengths := []int{0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 20, 21, most - 9, most - 8, most - 1, most}
	for _, about := range []int{rest, capacity - rest, capacity / 2} {
		for near := -13; near <= 13; near++ {
			lengths = append(lengths, about+near)
		}
	}
	slices.Sort(lengths)
	return slices.DeleteFunc(slices.Compact(lengths), func(n int) bool { return n < 0 || n > most })
}

// again does once more what had no room, now that the reader has followed.
func (m *model) again(n int, try func()) {
	m.Helper()
	before := len(m.queue)
	if try(); len(m.queue) > before && !m.queue[len(m.queue)-1].wrap || m.open {
		return
	}
	if m.pop() {
		m.Fatal("there is a message already")
	}
	if try(); len(m.queue) == 0 && !m.open {
		m.Fatalf("an empty ring of %d has no room for %d bytes at %d, even in two steps", m.capacity, n, m.write%m.capacity)
	}
}

func TestEveryLengthFitsAtEveryOffset(t *testing.T) {
	everywhere(t, func(m *model, n int) {
		m.again(n, func() { m.push(m.message(n)) })
		if !m.pop() {
			m.Fatal("the message is not there")
		}
	})
}

func TestEveryReservationFitsAtEveryOffset(t *testing.T) {
	everywhere(t, func(m *model, n int) {
		for _, used := range []int{n, n / 2, 0} {
			m.again(n, func() {
				body, err := m.w.TryReserve(n)
				m.reserve(n, body, err, ring.ErrFull)
			})
			m.commitReserved(used)
			if !m.pop() {
				m.Fatal("the message is not there")
			}
		}
	})
}

func TestEveryBatchIsCutWhereTheRoomEnds(t *testing.T) {
	everywhere(t, func(m *model, n int) {
		msgs := [][]byte{m.message(n / 3), m.message(n), nil, m.message(n / 2), m.message(1)}
		for len(msgs) > 0 {
			done, err := m.w.TryPushBatch(msgs)
			m.expectPushed(msgs, done, err, ring.ErrFull)
			msgs = msgs[done:]
			for m.pop() {
			}
		}
	})
}

func TestHeldMessagesMayReachOverTheLap(t *testing.T) {
	everywhere(t, func(m *model, n int) {
		msg := m.message(min(n, int(m.capacity)/3))
		for before := -1; before != len(m.queue); {
			before = len(m.queue)
			m.push(msg)
		}
		for range 2 {
			for m.peek() {
			}
			m.rewind()
		}
		m.peek()
		m.peek()
		m.releaseAll()
		for m.peek() {
			m.push(msg) // into the room of what was released, not of what is held
		}
		m.releaseAll()
	})
}

func TestNoLengthBeyondTheMostIsTaken(t *testing.T) {
	dir := t.TempDir()
	for capacity := ring.MinCapacity; capacity <= 2048; capacity += 8 {
		m := newModel(t, dir, capacity)
		for _, n := range []int{capacity - 3, capacity, capacity + 8} {
			if err := m.w.TryPush(make([]byte, n)); !errors.Is(err, ring.ErrTooLarge) {
				t.Fatalf("TryPush of %d bytes into a ring of %d: %v", n, capacity, err)
			}
			if _, err := m.w.TryReserve(n); !errors.Is(err, ring.ErrTooLarge) {
				t.Fatalf("TryReserve of %d bytes in a ring of %d: %v", n, capacity, err)
			}
			if _, err := m.w.TryPushBatch([][]byte{nil, make([]byte, n)}); !errors.Is(err, ring.ErrTooLarge) {
				t.Fatalf("TryPushBatch with %d bytes into a ring of %d: %v", n, capacity, err)
			}
		}
		if _, err := m.w.TryReserve(-1); !errors.Is(err, ring.ErrTooLarge) {
			t.Fatalf("TryReserve of -1 bytes: %v", err)
		}
		m.push(m.message(ring.MaxMessage(capacity)))
		m.expectFile()
		m.close()
	}
}
