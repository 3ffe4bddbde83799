package ring_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"killpoint/ring"
)

// model is a ring beside the plain queue that it must behave like.
type model struct {
	*fixture
	rnd   *rand.Rand
	queue [][]byte
}

func (m *model) size() int {
	most := ring.MaxMessage(m.w.Capacity())
	switch m.rnd.IntN(6) {
	case 0:
		return 0
	case 1:
		return most
	case 2:
		return m.rnd.IntN(most + 1)
	default:
		return m.rnd.IntN(most/4 + 1)
	}
}

func (m *model) push() {
	msg := m.message(m.size())
	err := m.w.TryPush(msg)
	if err == ring.ErrFull && len(m.queue) == 0 {
		m.expectEmpty()
		err = m.w.TryPush(msg)
		if err == ring.ErrFull {
			m.Fatalf("an empty ring has no room for %d bytes", len(msg))
		}
	}
	switch err {
	case nil:
		m.queue = append(m.queue, msg)
	case ring.ErrFull:
	default:
		m.Fatal(err)
	}
}

func (m *model) pop() {
	if len(m.queue) == 0 {
		m.expectEmpty()
		return
	}
	m.fixture.pop(m.queue[0])
	m.queue = m.queue[1:]
}

func (m *model) replaceWriter() {
	err := m.w.Close()
	if err == nil {
		m.w, err = ring.Attach(m.path)
	}
	if err != nil {
		m.Fatal(err)
	}
}

func (m *model) replaceReader() {
	err := m.r.Close()
	if err == nil {
		m.r, err = ring.Open(m.path)
	}
	if err != nil {
		m.Fatal(err)
	}
}

// expectQueue compares what a bystander sees in the file with the queue.
func (m *model) expectQueue() {
	m.Helper()
	s, err := ring.Inspect(m.path)
	if err != nil || s.Problem != nil {
		m.Fatal(err, s.Problem)
	}
	var got [][]byte
	for _, rec := range s.Records {
		if !rec.Wrap {
			got = append(got, rec.Body)
		}
	}
	if len(got) != len(m.queue) {
		m.Fatalf("%d messages are in the file, want %d", len(got), len(m.queue))
	}
	for i := range got {
		m.same(got[i], m.queue[i])
	}
}

func TestRandomOperationsBehaveLikeAQueue(t *testing.T) {
	for seed := range uint64(60) {
		capacity := []int{64, 72, 104, 128, 1000, 1024, 4096}[seed%7]
		t.Run(fmt.Sprintf("seed %d capacity %d", seed, capacity), func(t *testing.T) {
			m := &model{fixture: newRing(t, capacity), rnd: rand.New(rand.NewPCG(seed, 0))}
			operations := []struct {
				weight int
				run    func()
			}{{40, m.push}, {40, m.pop}, {1, m.replaceWriter}, {1, m.replaceReader}, {2, m.expectQueue}}
			for range 2000 {
				pick := m.rnd.IntN(84)
				for _, op := range operations {
					if pick -= op.weight; pick < 0 {
						op.run()
						break
					}
				}
			}
			for len(m.queue) > 0 {
				m.pop()
			}
			m.expectEmpty()
		})
	}
}

func TestEverySizeFitsAtEveryOffset(t *testing.T) {
	for capacity := 64; capacity <= 160; capacity += 8 {
		t.Run(fmt.Sprintf("capacity %d", capacity), func(t *testing.T) {
			f := newRing(t, capacity)
			for size := 0; size <= ring.MaxMessage(capacity); size++ {
				for offset := 0; offset < capacity; offset += 8 {
					f.advance(offset)
					expectOneMessage(f, offset, size)
				}
			}
		})
	}
}

// expectOneMessage puts a message through an empty ring that stands at the
// given offset. It takes two steps exactly if the rest of the lap is too short
// for it and the ring is too small for both.
func expectOneMessage(f *fixture, offset, size int) {
	f.Helper()
	msg := f.message(size)
	record := (size + 4 + 7) / 8 * 8
	rest := f.w.Capacity() - offset
	if record > rest && record+rest > f.w.Capacity() {
		f.expectFull(msg)
		f.expectEmpty()
	}
	if err := f.w.TryPush(msg); err != nil {
		f.Fatalf("offset %d, size %d: %v", offset, size, err)
	}
	f.pop(msg)
	f.expectEmpty()
}
