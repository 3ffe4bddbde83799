package ring_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"killpoint/ring"
)

// inspect looks at a file and makes sure that it left no trace.
func inspect(t *testing.T, path string) ring.Snapshot {
	t.Helper()
	before, stat := image(t, path), modified(t, path)
	s, err := ring.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	expectImage(t, path, before)
	if modified(t, path) != stat {
		t.Fatal("Inspect changed the time of the file")
	}
	return s
}

func modified(t *testing.T, path string) [2]unix.Timespec {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return [2]unix.Timespec{st.Mtim, st.Ctim}
}

// lived returns a ring with a history: a wrap marker and two messages are in
// flight, and the last lap's bytes stand behind them.
func lived(t *testing.T) *fixture {
	t.Helper()
	f := newRing(t, 64)
	f.push([]byte("consumed"))                             // 16 bytes at 0
	f.push([]byte("a body of 27 bytes, yes, it is!")[:27]) // 32 at 16
	f.pop([]byte("consumed"))
	f.push([]byte("seven b")) // 16 at 48
	f.pop([]byte("a body of 27 bytes, yes, it is!")[:27])
	f.push(nil) // 8 at 0
	return f
}

func TestInspectShowsTheHeader(t *testing.T) {
	f := lived(t)
	s := inspect(t, f.path)
	got := fmt.Sprint(s.Path == f.path, s.Size, s.Magic, s.Version, s.Capacity, s.Write, s.Commit, s.Read, s.DataAvail, s.SpaceAvail, s.Problem)
	want := fmt.Sprint(true, 4096+64, 0x4b504e54, 1, 64, 72, 72, 48, 1, 1, nil)
	if got != want {
		t.Fatalf("snapshot has %s, want %s", got, want)
	}
}

func TestInspectShowsWhatIsInFlightOldestFirst(t *testing.T) {
	s := inspect(t, lived(t).path)
	want := []ring.Record{
		{Index: 48, Offset: 48, Ready: true, Length: 7, Body: []byte("seven b")},
		{Index: 64, Offset: 0, Ready: true, Body: []byte{}},
	}
	if !reflect.DeepEqual(s.Records, want) {
		t.Fatalf("records are %+v, want %+v", s.Records, want)
	}
}

func TestInspectShowsWrapMarkers(t *testing.T) {
	f := newRing(t, 64)
	f.advance(40)
	f.push([]byte("x, twenty-eight bytes long.."))
	s := inspect(t, f.path)
	want := []ring.Record{
		{Index: 40, Offset: 40, Ready: true, Wrap: true, Length: 20},
		{Index: 64, Offset: 0, Ready: true, Length: 28, Body: []byte("x, twenty-eight bytes long..")},
	}
	if !reflect.DeepEqual(s.Records, want) {
		t.Fatalf("records are %+v, want %+v", s.Records, want)
	}
}

func TestInspectShowsWhatAWriterThatDiedHadBegun(t *testing.T) {
	f := newRing(t, 64)
	f.push(nil)
	f.set32(atData+8, 5)
	poke(t, f.path, atData+12, []byte("begun"))
	want := &ring.Record{Index: 8, Offset: 8, Length: 5, Body: []byte("begun")}
	if s := inspect(t, f.path); !reflect.DeepEqual(s.Next, want) {
		t.Fatalf("next is %+v, want %+v", s.Next, want)
	}
}

func TestAFullRingHasNoNextRecord(t *testing.T) {
	f := newRing(t, 64)
	f.fill()
	if s := inspect(t, f.path); s.Next != nil || len(s.Records) != 8 {
		t.Fatalf("next is %v after %d records, want none after 8", s.Next, len(s.Records))
	}
}

func TestInspectNamesTheProblemOfADamagedFile(t *testing.T) {
	forEachDamage(t, func(t *testing.T, d damage, path string) {
		expectError(t, inspect(t, path).Problem, d.want)
	})
}

func TestInspectStopsAtABadRecord(t *testing.T) {
	for _, row := range records {
		t.Run(row.name, func(t *testing.T) {
			f := newRing(t, 128)
			f.corrupt(row.offset, row.header)
			s := inspect(t, f.path)
			expectError(t, s.Problem, ring.ErrCorrupt)
			if len(s.Records) != 0 {
				t.Fatalf("records are %v, want none", s.Records)
			}
		})
	}
}

func TestInspectNeedsAFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		path string
		want error
	}{
		"missing":   {filepath.Join(dir, "missing"), fs.ErrNotExist},
		"directory": {dir, ring.ErrLayout},
		"FIFO":      {fifo, ring.ErrLayout},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ring.Inspect(row.path)
			expectError(t, err, row.want, row.path)
		})
	}
}

// The kernel lets nobody, root included, open a running program for writing.
func TestInspectOpensForReadingOnly(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if file, err := os.OpenFile(program, os.O_RDWR, 0); err == nil {
		file.Close()
		t.Fatal("this file can be opened for writing: nothing would be proven")
	}
	s, err := ring.Inspect(program)
	if err != nil {
		t.Fatal(err)
	}
	expectError(t, s.Problem, ring.ErrLayout, "not a ring")
}

func TestASnapshotReadsLikeThis(t *testing.T) {
	f := newRing(t, 128)
	f.advance(96)
	f.push([]byte("a message of more than thirty-two bytes"))
	f.push(nil)
	f.set32(atSpaceAvail, 0)
	f.set64(atCommit, 176)
	f.set32(atData+56, 3)
	poke(t, f.path, atData+60, []byte("new"))
	s := inspect(t, f.path)
	s.Path = "example.ring"
	const want = `ring example.ring
file   4224 bytes, magic 0x4b504e54, version 1, capacity 128
index  write 184, commit 176, read 96: 88 bytes in flight
event  data_avail set, space_avail reset
record at 96 (offset 96) READY WRAP, 28 bytes
record at 128 (offset 0) READY, 39 bytes: "a message of more than thirty-tw"…
record at 176 (offset 48) READY, 0 bytes: ""
next   at 184 (offset 56) not ready, 3 bytes: "new" (not published)
`
	if got := s.String(); got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

func TestASnapshotSaysWhatIsWrong(t *testing.T) {
	f := newRing(t, 64)
	f.set64(atWrite, 8)
	f.set32(atDataAvail, 7)
	s := inspect(t, f.path)
	s.Path = ""
	const want = `file   4160 bytes, magic 0x4b504e54, version 1, capacity 64
index  write 8, commit 0, read 0: 8 bytes in flight
event  data_avail 0x7, space_avail reset
wrong  ring is corrupt: record at offset 0 is published but not ready (header 0x00000000)
`
	if got := s.String(); got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNoShortImageIsTakenForARing(t *testing.T) {
	whole := image(t, lived(t).path)
	for n := range whole {
		if s := ring.Decode(whole[:n]); !errors.Is(s.Problem, ring.ErrLayout) || s.Size != int64(n) {
			t.Fatalf("%d of %d bytes: size %d, problem %v; want ErrLayout", n, len(whole), s.Size, s.Problem)
		}
	}
	if s := ring.Decode(whole); s.Problem != nil {
		t.Fatal(s.Problem)
	}
}

// Whatever the words are, a snapshot ends, and holds no more than the ring can.
func TestDecodeSurvivesAnyBytes(t *testing.T) {
	whole := image(t, lived(t).path)
	interesting := []uint64{0, 1, 8, 56, 64, 72, 1 << 31, 1<<31 | 1<<30, 1<<32 - 1, 1 << 63, 1<<64 - 8, 1<<64 - 1}
	places := []int{atIdent, atWrite, atRead, atData, atData + 8, atData + 48, atData + 56}
	for seed := range uint64(5000) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		damaged := bytes.Clone(whole)
		for range 1 + rnd.IntN(3) {
			at, v := places[rnd.IntN(len(places))], interesting[rnd.IntN(len(interesting))]
			binary.NativeEndian.PutUint64(damaged[at:], v)
		}
		s := ring.Decode(damaged)
		if len(s.Records) > 8 || s.String() == "" {
			t.Fatalf("seed %d: %d records in a ring of 64 bytes", seed, len(s.Records))
		}
	}
}

// Only what a Create that was cut off can have left is called so.
func TestInspectTellsAnUnfinishedRingFromAnotherFile(t *testing.T) {
	for name, bytes := range notRings {
		if s := ring.Decode(bytes); s.Unfinished || s.Problem == nil || strings.Contains(s.Problem.Error(), "never finished") {
			t.Errorf("%s: unfinished %v, problem %v", name, s.Unfinished, s.Problem)
		}
	}
	for name, bytes := range map[string][]byte{
		"just made":       {},
		"room reserved":   make([]byte, ring.FileSize(64)),
		"capacity stored": withCapacity(64, 64),
	} {
		s := ring.Decode(bytes)
		if !s.Unfinished || !errors.Is(s.Problem, ring.ErrLayout) || !strings.Contains(s.Problem.Error(), "never finished") {
			t.Errorf("%s: unfinished %v, problem %v", name, s.Unfinished, s.Problem)
		}
	}
}
