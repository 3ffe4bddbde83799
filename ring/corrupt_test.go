package ring_test

import (
	"testing"

	"killpoint/ring"
)

// records are header words that no writer can have published at offset 0 of a
// ring of 128 bytes with 48 of them published, or at offset 96 with 64: the
// last 32 of one lap and the first 32 of the next.
var records = []struct {
	name   string
	offset int
	header uint32
}{
	{"all zero", 0, 0},
	{"not ready", 0, 20},
	{"a wrap marker that is not ready", 96, wrap | 28},
	{"length past the published bytes", 0, ready | 45},
	{"length past the lap", 96, ready | 29},
	{"length past the ring", 0, ready | 125},
	{"longest possible length", 0, ready | (wrap - 1)},
	{"a wrap marker shorter than the rest of the lap", 96, ready | wrap | 20},
	{"a wrap marker longer than the rest of the lap", 96, ready | wrap | 36},
	{"a wrap marker within the lap", 0, ready | wrap | 44},
	{"an empty wrap marker", 96, ready | wrap},
	{"a wrap marker of a whole unpublished lap", 0, ready | wrap | 124},
	{"all ones", 0, 1<<32 - 1},
}

// corrupt publishes what a row of records speaks of and spoils its header.
func (f *fixture) corrupt(offset int, header uint32) {
	f.Helper()
	f.advance(offset)
	sizes := []int{44}
	if offset == 96 {
		sizes = []int{28, 28}
	}
	for _, n := range sizes {
		f.push(f.message(n))
	}
	f.set32(atData+int64(offset), header)
}

func TestABadRecordIsReportedAndLeftAsItIs(t *testing.T) {
	for _, row := range records {
		for name, pop := range map[string]func(*fixture) error{
			"TryPop": func(f *fixture) error { _, err := f.r.TryPop(nil); return err },
			"Pop":    func(f *fixture) error { _, err := f.r.Pop(f.Context(), nil); return err },
		} {
			t.Run(name+" "+row.name, func(t *testing.T) {
				f := newRing(t, 128)
				f.corrupt(row.offset, row.header)
				before := image(t, f.path)
				for range 2 {
					expectError(t, pop(f), ring.ErrCorrupt)
				}
				expectImage(t, f.path, before)
			})
		}
	}
}

// A writer has no reason to skip a whole lap, and one that does so over and over
// would keep a reader from ever looking at its context.
func TestAWrapMarkerOfAWholeLapIsRefused(t *testing.T) {
	f := newRing(t, 128)
	f.push(f.message(124))
	f.set32(atData, ready|wrap|124)
	before := image(t, f.path)
	_, err := f.r.TryPop(nil)
	expectError(t, err, ring.ErrCorrupt, "begin of a lap")
	expectImage(t, f.path, before)
}

func TestABadRecordStopsTheReaderAtItsPlace(t *testing.T) {
	f := newRing(t, 128)
	f.push([]byte("good"))
	f.push([]byte("bad"))
	f.set32(atData+8, ready|1000)
	f.pop([]byte("good"))
	_, err := f.r.TryPop(nil)
	expectError(t, err, ring.ErrCorrupt, "offset 8")
}

// badIndices are values of the peer's index that cannot stand in a ring of 128
// bytes of which 64 were passed through, whether it is empty or full since.
var badIndices = []struct {
	name        string
	write, read uint64
}{
	{"beyond", 64 + 128 + 8, 64 + 128 + 8},
	{"far beyond", 1 << 63, 1 << 63},
	{"backwards", 56, 56},
	{"unaligned", 68, 68},
}

func TestABadIndexOfThePeerIsReportedAndLeftAsItIs(t *testing.T) {
	for _, row := range badIndices {
		for name, use := range map[string]func(*fixture) error{
			"TryPop": func(f *fixture) error { _, err := f.r.TryPop(nil); return err },
			"Pop":    func(f *fixture) error { _, err := f.r.Pop(f.Context(), nil); return err },
		} {
			t.Run(name+" "+row.name, func(t *testing.T) {
				f := newRing(t, 128)
				f.push(make([]byte, 60))
				f.pop(make([]byte, 60))
				f.set64(atWrite, row.write)
				before := image(t, f.path)
				expectError(t, use(f), ring.ErrCorrupt)
				expectImage(t, f.path, before)
			})
		}
		for name, use := range map[string]func(*fixture) error{
			"TryPush": func(f *fixture) error { return f.w.TryPush(nil) },
			"Push":    func(f *fixture) error { return f.w.Push(f.Context(), nil) },
		} {
			t.Run(name+" "+row.name, func(t *testing.T) {
				f := newRing(t, 128)
				f.push(make([]byte, 60))
				f.pop(make([]byte, 60))
				f.fill()
				expectError(t, f.w.TryPush(nil), ring.ErrFull) // the writer has seen read at 64
				f.set64(atRead, row.read)
				before := image(t, f.path)
				expectError(t, use(f), ring.ErrCorrupt)
				expectImage(t, f.path, before)
			})
		}
	}
}

// A reader that holds messages has passed them, but their room is not the
// writer's again: an index beyond that would have it read them as new ones.
func TestAReaderThatHoldsMessagesKnowsABadIndex(t *testing.T) {
	f := newRing(t, 128)
	for range 4 {
		f.push(f.message(28))
	}
	for range 4 { // all there are: the ring is full
		if _, err := f.r.TryPeek(); err != nil {
			t.Fatal(err)
		}
	}
	for _, write := range []uint64{128 + 8, 128 + 32, 128 + 128} {
		f.set64(atWrite, write)
		got, err := f.r.TryPeek()
		if err == nil {
			t.Fatalf("with write at %d: %s is delivered a second time", write, brief(got))
		}
		expectError(t, err, ring.ErrCorrupt, "write index")
	}
	f.set64(atWrite, 128)
	if err := f.r.Release(); err != nil {
		t.Fatal(err)
	}
	f.expectEmpty()
}

func TestNoMarkerIsLeftBesideABadIndex(t *testing.T) {
	f := newRing(t, 128)
	f.advance(88)
	f.set64(atRead, 1<<40)
	before := image(t, f.path)
	expectError(t, f.w.TryPush(f.message(124)), ring.ErrCorrupt)
	expectImage(t, f.path, before)
}

func TestAnEndKeepsItsOwnIndexWhateverTheFileSays(t *testing.T) {
	f := newRing(t, 128)
	f.push([]byte("one"))
	f.set64(atWrite, 1<<20)
	f.push([]byte("two"))
	f.pop([]byte("one"))
	f.set64(atRead, 1<<20)
	f.pop([]byte("two"))
}

func TestIndicesThatGoBadEndASleep(t *testing.T) {
	polling := ring.WithPollInterval(ring.MinPoll)
	t.Run("pop", func(t *testing.T) {
		f := newRing(t, 128, polling)
		pop := f.goPop(t.Context())
		f.set64(atWrite, 4)
		<-pop.done
		expectError(t, pop.err, ring.ErrCorrupt)
	})
	t.Run("push", func(t *testing.T) {
		f := newRing(t, 128, polling)
		f.fill()
		push := f.goPush(t.Context(), nil)
		f.set64(atRead, 1<<40)
		<-push.done
		expectError(t, push.err, ring.ErrCorrupt)
	})
}

// What a batch had put into the ring by then is not published either, nor by the
// next push.
func TestABatchBesideABadIndexPublishesNothingMore(t *testing.T) {
	for name, send := range map[string]func(*fixture, [][]byte) (int, error){
		"TryPushBatch": func(f *fixture, msgs [][]byte) (int, error) { return f.w.TryPushBatch(msgs) },
		"PushBatch":    func(f *fixture, msgs [][]byte) (int, error) { return f.w.PushBatch(f.Context(), msgs) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, 128)
			first, last := f.message(28), f.message(28)
			f.push(first) // there is room for three more, which need no look at the reader
			f.set64(atRead, 1<<40)
			n, err := send(f, f.messages(28, 28, 28, 28))
			expectError(t, err, ring.ErrCorrupt)
			if write := f.word64(atWrite); n != 0 || write != 32 {
				t.Errorf("%d published, write is %d; want none, and 32", n, write)
			}
			f.set64(atRead, 0)
			f.push(last)
			f.popAll([][]byte{first, last})
			f.expectEmpty()
		})
	}
	t.Run("asleep", func(t *testing.T) {
		f := newRing(t, 128, ring.WithPollInterval(ring.MinPoll))
		batch := f.messages(28, 28, 28, 28, 28)
		var n int
		push := f.start(func(c *call) { n, c.err = f.w.PushBatch(f.Context(), batch) })
		f.expectAsleep(push, atSpaceAvail)
		f.set64(atRead, 1<<40)
		<-push.done
		expectError(t, push.err, ring.ErrCorrupt)
		if n != 4 {
			t.Errorf("%d published before it slept, want 4", n)
		}
	})
}
