package ring_test

import (
	"bytes"
	"slices"

	"pgregory.net/rapid"

	"killpoint/ring"
)

// death is what a mark panics with: the operation ends there, and nothing runs
// behind it but what runs after any panic.
type death struct{ site ring.Site }

// dying runs an operation up to a mark, the n-th that it passes, and tells
// where that was; "" if the operation was over before.
func dying(n int, operation func()) (at ring.Site) {
	ring.AtMarks(func(site ring.Site) {
		if n--; n < 0 {
			panic(death{site})
		}
	})
	defer func() {
		ring.AtMarks(nil)
		if reason := recover(); reason != nil {
			at = reason.(death).site
		}
	}()
	operation()
	return ""
}

// published and consumed are the sites behind the store that decides.
var (
	published = []ring.Site{"", ring.WriterAfterWriteStore, ring.WriterAfterWriteAdvance, ring.WriterBeforeDataWake, ring.WriterAfterDataSignal}
	consumed  = []ring.Site{"", ring.ReaderAfterReadAdvance, ring.ReaderBeforeSpaceWake, ring.ReaderAfterSpaceSignal}
)

// crashActions are operations that end at one of the crash sites they pass, if
// this build can do that: it takes the tag markhook. A successor takes over.
func (m *model) crashActions() map[string]func(*rapid.T) {
	if !ring.AtMarks(nil) {
		return nil
	}
	single := func(push func(msg []byte) error) func(*rapid.T) {
		return func(t *rapid.T) {
			msg := m.message(m.length(t))
			m.writerDies(t, [][]byte{msg}, func() bool { return push(msg) == nil })
		}
	}
	return map[string]func(*rapid.T){
		"Push, then die": single(func(msg []byte) error { return m.w.TryPush(msg) }),
		"Commit, then die": single(func(msg []byte) error {
			body, err := m.w.TryReserve(len(msg))
			if err != nil {
				return err
			}
			copy(body, msg)
			return m.w.Commit(len(msg))
		}),
		"PushBatch, then die": func(t *rapid.T) {
			msgs := m.batch(t)
			m.writerDies(t, msgs, func() bool { _, err := m.w.TryPushBatch(msgs); return err == nil })
		},
		"Pop, then die": func(t *rapid.T) {
			m.readerDies(t, func() (taken int) { _, err := m.r.TryPop(nil); return count(err) })
		},
		"Release, then die": func(t *rapid.T) {
			most := rapid.IntRange(0, 5).Draw(t, "peeked")
			m.readerDies(t, func() (taken int) {
				for taken < most {
					if _, err := m.r.TryPeek(); err != nil {
						break
					}
					taken++
				}
				if err := m.r.Release(); err != nil {
					m.Fatal(err)
				}
				return taken
			})
		},
	}
}

// writerDies checks that the first of the messages that were being pushed are
// in the ring, whole and in order, and nothing else is: of one message all or
// nothing, by where the writer died; of a batch all if it was published.
func (m *model) writerDies(t *rapid.T, msgs [][]byte, push func() bool) {
	m.w.Abort()
	all := false
	at := dying(rapid.IntRange(0, 20).Draw(t, "marks passed"), func() { all = push() })
	m.succeedWriter()
	s := m.inspect(t, at)
	if len(s.Records) < len(m.queue) || s.Read != m.read {
		t.Fatalf("dead at %q: what was there before is gone", at)
	}
	there := 0
	for _, rec := range s.Records[len(m.queue):] {
		switch {
		case rec.Wrap:
			m.add(m.rest(), true, nil)
		case there == len(msgs) || !bytes.Equal(rec.Body, msgs[there]):
			t.Fatalf("dead at %q: there is %v", at, rec)
		default:
			m.put(msgs[there])
			there++
		}
	}
	if at == ring.WriterAfterWriteStore || at == ring.WriterAfterWrapStore {
		m.commit = s.Commit // it is behind until the next push
	}
	if m.write != s.Write || m.commit != s.Commit {
		t.Fatalf("dead at %q: write index %d, commit %d; want %d, %d", at, s.Write, s.Commit, m.write, m.commit)
	}
	if done := all || at != "" && slices.Contains(published, at); done && len(msgs) == 1 && there == 0 || all && there != len(msgs) {
		t.Fatalf("dead at %q: %d messages of %d are there", at, there, len(msgs))
	}
	if at != "" && !slices.Contains(published, at) && len(msgs) == 1 && there == 1 {
		t.Fatalf("dead at %q: the message is there", at)
	}
}

// readerDies checks that the messages that were being consumed are gone or come
// again, all of them, by where the reader died.
func (m *model) readerDies(t *rapid.T, consume func() (taken int)) {
	m.rewind()
	before := slices.Clone(m.queue)
	taken := -1
	at := dying(rapid.IntRange(0, 12).Draw(t, "marks passed"), func() { taken = consume() })
	m.succeedReader()
	s := m.inspect(t, at)
	gone := 0
	for m.read != s.Read {
		if len(m.queue) == 0 {
			t.Fatalf("dead at %q: read index %d is the end of none of %v", at, s.Read, before)
		}
		if !m.queue[0].wrap {
			gone++
		}
		m.held = 1
		m.release()
	}
	switch {
	case taken >= 0 && gone != taken:
		t.Fatalf("%d messages are gone, %d were consumed", gone, taken)
	case taken < 0 && (gone > 0) != slices.Contains(consumed, at):
		t.Fatalf("dead at %q: %d messages are gone", at, gone)
	}
}

func (m *model) inspect(t *rapid.T, at ring.Site) ring.Snapshot {
	t.Helper()
	s, err := ring.Inspect(m.path)
	if err != nil || s.Problem != nil {
		t.Fatalf("dead at %q: %v, %v", at, err, s.Problem)
	}
	return s
}
