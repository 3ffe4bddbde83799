package ring_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"killpoint/ring"
)

// A model is a ring beside the plain queue that it must behave like, in the one
// file. It says what each operation must return, and what a bystander must then
// see in the file.
type model struct {
	rapid.TB
	path     string
	w        *ring.Writer
	r        *ring.Reader
	capacity uint64
	write    uint64
	commit   uint64
	read     uint64
	queue    []entry
	held     int // entries that are peeked
	reserved []byte
	open     bool // a reservation
	serial   int
}

// entry is a record between read and write.
type entry struct {
	end  uint64
	wrap bool
	msg  []byte
}

func newModel(t rapid.TB, dir string, capacity int) *model {
	t.Helper()
	m := &model{TB: t, path: filepath.Join(dir, "model.ring"), capacity: uint64(capacity)}
	var err error
	if m.w, err = ring.Create(m.path, capacity, ring.WithReplace()); err != nil {
		t.Fatal(err)
	}
	if m.r, err = ring.Open(m.path); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *model) close() {
	if err := errors.Join(m.w.Close(), m.r.Close()); err != nil {
		m.Fatal(err)
	}
}

func (m *model) message(n int) []byte {
	m.serial++
	return message(n, m.serial)
}

func (m *model) rest() uint64 { return m.capacity - m.write%m.capacity }

func (m *model) free() uint64 { return m.capacity - (m.write - m.read) }

func (m *model) add(size uint64, wrap bool, msg []byte) {
	m.write += size
	m.commit = m.write
	m.queue = append(m.queue, entry{m.write, wrap, msg})
}

// place says whether a message of n bytes has room, and puts the wrap marker
// that is needed for it.
func (m *model) place(n int) bool {
	size, rest := uint64(n+4+7)/8*8, m.rest()
	if size > rest {
		need := size + rest
		if need > m.capacity {
			need = rest
		}
		if m.free() < need {
			return false
		}
		m.add(rest, true, nil)
	}
	return m.free() >= size
}

func (m *model) put(msg []byte) { m.add(uint64(len(msg)+4+7)/8*8, false, msg) }

// expectPushed compares what came of pushing messages with what must have.
func (m *model) expectPushed(msgs [][]byte, n int, err, full error) {
	m.Helper()
	want := 0
	for _, msg := range msgs {
		if !m.place(len(msg)) {
			break
		}
		m.put(msg)
		want++
	}
	if want == len(msgs) {
		full = nil
	}
	if n != want || !errors.Is(err, full) {
		m.Fatalf("%d of %d messages were pushed, %v; want %d, %v", n, len(msgs), err, want, full)
	}
}

func (m *model) push(msg []byte) {
	m.Helper()
	err := m.w.TryPush(msg)
	m.expectPushed([][]byte{msg}, count(err), err, ring.ErrFull)
}

func count(err error) int {
	if err == nil {
		return 1
	}
	return 0
}

// reserve opens a reservation of n bytes, if there must be room for it.
func (m *model) reserve(n int, body []byte, err, full error) {
	m.Helper()
	if !m.place(n) {
		if !errors.Is(err, full) {
			m.Fatalf("reserving %d bytes: %v, want %v", n, err, full)
		}
		return
	}
	if err != nil || len(body) != n {
		m.Fatalf("reserved %d bytes of %d: %v", len(body), n, err)
	}
	m.reserved, m.open = body, true
}

func (m *model) commitReserved(n int) {
	m.Helper()
	msg := m.message(n)
	copy(m.reserved, msg)
	if err := m.w.Commit(n); err != nil {
		m.Fatal(err)
	}
	m.put(msg)
	m.reserved, m.open = nil, false
}

// next is the next message that is not held, with the wrap markers before it
// passed: they are consumed unless something before them is held.
func (m *model) next() (msg []byte, ok bool) {
	for m.held < len(m.queue) && m.queue[m.held].wrap {
		if m.held++; m.held == 1 {
			m.release()
		}
	}
	if m.held == len(m.queue) {
		return nil, false
	}
	return m.queue[m.held].msg, true
}

func (m *model) release() {
	if m.held > 0 {
		m.read = m.queue[m.held-1].end
		m.queue = m.queue[m.held:]
		m.held = 0
	}
}

// expectNext compares a message with the next one, and passes it.
func (m *model) expectNext(got []byte, err, empty error) (ok bool) {
	m.Helper()
	want, ok := m.next()
	switch {
	case !ok && !errors.Is(err, empty), ok && err != nil:
		m.Fatalf("%v, with a message there: %v", err, ok)
	case !bytes.Equal(got, want):
		m.Fatalf("message came out as %s, went in as %s", brief(got), brief(want))
	}
	if ok {
		m.held++
	}
	return ok
}

func (m *model) pop() bool {
	m.Helper()
	got, err := m.r.TryPop(nil)
	if !m.expectNext(got, err, ring.ErrEmpty) {
		return false
	}
	m.release()
	return true
}

func (m *model) peek() bool {
	m.Helper()
	got, err := m.r.TryPeek()
	return m.expectNext(got, err, ring.ErrEmpty)
}

func (m *model) releaseAll() {
	m.Helper()
	if err := m.r.Release(); err != nil {
		m.Fatal(err)
	}
	m.release()
}

func (m *model) rewind() { m.r.Rewind(); m.held = 0 }

// succeedWriter and succeedReader have the end replaced: by one that was
// dropped without a word, for Close stores nothing.

func (m *model) succeedWriter() {
	m.Helper()
	err := m.w.Close()
	if err == nil {
		m.w, err = ring.Attach(m.path)
	}
	if err != nil {
		m.Fatal(err)
	}
	m.reserved, m.open = nil, false
}

func (m *model) succeedReader() {
	m.Helper()
	err := m.r.Close()
	if err == nil {
		m.r, err = ring.Open(m.path)
	}
	if err != nil {
		m.Fatal(err)
	}
	m.held = 0
}

// expectFile compares what a bystander sees in the file with the queue.
func (m *model) expectFile() {
	m.Helper()
	s, err := ring.Inspect(m.path)
	if err != nil || s.Problem != nil {
		m.Fatal(err, s.Problem)
	}
	if s.Write != m.write || s.Commit != m.commit || s.Read != m.read || len(s.Records) != len(m.queue) {
		m.Fatalf("file has write %d, commit %d, read %d, %d records; want %d, %d, %d, %d", s.Write, s.Commit, s.Read, len(s.Records), m.write, m.commit, m.read, len(m.queue))
	}
	for i, want := range m.queue {
		if got := s.Records[i]; got.Wrap != want.wrap || !want.wrap && !bytes.Equal(got.Body, want.msg) {
			m.Fatalf("record %d of the file is %v, want %s", i, got, brief(want.msg))
		}
	}
}

// length draws one of a message: short, anything up to the longest, or about
// the rest of the lap or of the room.
func (m *model) length(t *rapid.T) int {
	most := ring.MaxMessage(int(m.capacity))
	near := rapid.IntRange(-16, 16)
	switch rapid.IntRange(0, 5).Draw(t, "kind of length") {
	case 0:
		return rapid.IntRange(0, most).Draw(t, "length")
	case 1:
		return max(0, min(most, int(m.rest())+near.Draw(t, "length beside the rest of the lap")))
	case 2:
		return max(0, min(most, int(m.free())+near.Draw(t, "length beside the room")))
	case 3:
		return most - rapid.IntRange(0, 8).Draw(t, "length below the most")
	}
	return rapid.IntRange(0, min(most, 40)).Draw(t, "short length")
}

func (m *model) batch(t *rapid.T) [][]byte {
	msgs := make([][]byte, rapid.IntRange(0, 6).Draw(t, "messages"))
	for i := range msgs {
		msgs[i] = m.message(m.length(t))
	}
	return msgs
}

func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// writerActions are refused with ErrOrder while a reservation is open.
func (m *model) writerActions(ctx context.Context) map[string]func(*rapid.T) {
	one := func(push func([]byte) error, full error) func(*rapid.T) {
		return func(t *rapid.T) {
			msg := m.message(m.length(t))
			if err := push(msg); m.open {
				expectOrder(t, err)
			} else {
				m.expectPushed([][]byte{msg}, count(err), err, full)
			}
		}
	}
	several := func(push func([][]byte) (int, error), full error) func(*rapid.T) {
		return func(t *rapid.T) {
			msgs := m.batch(t)
			if n, err := push(msgs); m.open {
				expectOrder(t, err)
			} else {
				m.expectPushed(msgs, n, err, full)
			}
		}
	}
	reserve := func(reserve func(int) ([]byte, error), full error) func(*rapid.T) {
		return func(t *rapid.T) {
			n := m.length(t)
			if body, err := reserve(n); m.open {
				expectOrder(t, err)
			} else {
				m.reserve(n, body, err, full)
			}
		}
	}
	return map[string]func(*rapid.T){
		"TryPush":      one(func(msg []byte) error { return m.w.TryPush(msg) }, ring.ErrFull),
		"Push":         one(func(msg []byte) error { return m.w.Push(ctx, msg) }, context.Canceled),
		"TryPushBatch": several(func(msgs [][]byte) (int, error) { return m.w.TryPushBatch(msgs) }, ring.ErrFull),
		"PushBatch":    several(func(msgs [][]byte) (int, error) { return m.w.PushBatch(ctx, msgs) }, context.Canceled),
		"TryReserve":   reserve(func(n int) ([]byte, error) { return m.w.TryReserve(n) }, ring.ErrFull),
		"Reserve":      reserve(func(n int) ([]byte, error) { return m.w.Reserve(ctx, n) }, context.Canceled),
		"Commit": func(t *rapid.T) {
			if m.open {
				m.commitReserved(rapid.IntRange(0, len(m.reserved)).Draw(t, "of the reservation"))
			} else {
				expectOrder(t, m.w.Commit(0))
			}
		},
		"Abort":  func(*rapid.T) { m.w.Abort(); m.reserved, m.open = nil, false },
		"Attach": func(*rapid.T) { m.succeedWriter() },
	}
}

func expectOrder(t *rapid.T, err error) {
	t.Helper()
	if !errors.Is(err, ring.ErrOrder) {
		t.Fatalf("%v, want ErrOrder", err)
	}
}

// readerActions that consume are refused with ErrOrder while messages are held.
// A wrap marker that was passed behind them is held as well.
func (m *model) readerActions(ctx context.Context) map[string]func(*rapid.T) {
	consume := func(pop func() ([]byte, error), empty error) func(*rapid.T) {
		return func(t *rapid.T) {
			got, err := pop()
			if m.held > 0 {
				expectOrder(t, err)
			} else if m.expectNext(got, err, empty) {
				m.release()
			}
		}
	}
	hold := func(peek func() ([]byte, error), empty error) func(*rapid.T) {
		return func(*rapid.T) {
			want := empty
			if m.held > 0 {
				want = ring.ErrEmpty
			}
			got, err := peek()
			m.expectNext(got, err, want)
		}
	}
	return map[string]func(*rapid.T){
		"TryPop":    consume(func() ([]byte, error) { return m.r.TryPop(nil) }, ring.ErrEmpty),
		"Pop":       consume(func() ([]byte, error) { return m.r.Pop(ctx, make([]byte, 20)) }, context.Canceled),
		"TryPeek":   hold(func() ([]byte, error) { return m.r.TryPeek() }, ring.ErrEmpty),
		"Peek":      hold(func() ([]byte, error) { return m.r.Peek(ctx) }, context.Canceled),
		"PeekBatch": func(t *rapid.T) { m.peekBatch(ctx, rapid.IntRange(1, 5).Draw(t, "at most")) },
		"Release":   func(*rapid.T) { m.releaseAll() },
		"Rewind":    func(*rapid.T) { m.rewind() },
		"Messages":  func(t *rapid.T) { m.messages(ctx, rapid.IntRange(1, 5).Draw(t, "rounds")) },
		"Open":      func(*rapid.T) { m.succeedReader() },
	}
}

func (m *model) peekBatch(ctx context.Context, most int) {
	into, empty := make([][]byte, most), context.Canceled
	if m.held > 0 {
		empty = ring.ErrEmpty
	}
	n, err := m.r.PeekBatch(ctx, into)
	for _, got := range into[:n] {
		m.expectNext(got, nil, nil)
	}
	if n == 0 {
		m.expectNext(nil, err, empty)
	} else if n < most {
		m.expectNext(nil, ring.ErrEmpty, ring.ErrEmpty)
	}
}

func (m *model) messages(ctx context.Context, rounds int) {
	m.Helper()
	for got, err := range m.r.Messages(ctx) {
		if m.held > 0 {
			if !errors.Is(err, ring.ErrOrder) {
				m.Fatalf("Messages with messages held: %v", err)
			}
			return
		}
		if !m.expectNext(got, err, context.Canceled) {
			return
		}
		m.expectFile() // it is consumed when its round is over
		m.release()
		if rounds--; rounds == 0 {
			break
		}
	}
}

// TestModelOfAllOperations draws sequences of all operations at random, and
// shrinks one that fails. The seed is in what it prints then.
func TestModelOfAllOperations(t *testing.T) {
	dir := t.TempDir()
	for _, row := range []struct {
		name        string
		least, most int // capacity / 8
	}{{"smallest", 8, 8}, {"small", 8, 20}, {"larger", 20, 600}} {
		t.Run(row.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				m := newModel(t, dir, 8*rapid.IntRange(row.least, row.most).Draw(t, "capacity / 8"))
				defer m.close()
				ctx := over()
				actions := m.writerActions(ctx)
				for name, action := range m.readerActions(ctx) {
					actions[name] = action
				}
				for name, action := range m.crashActions() {
					actions[name] = action
				}
				actions[""] = func(*rapid.T) { m.expectFile() }
				t.Repeat(actions)
				m.rewind()
				m.w.Abort()
				for m.pop() {
				}
			})
		})
	}
}
