package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// made is a ledger as a child would open it, and as the harness has it.
func made(t *testing.T) (child, harness *Ledger) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger")
	harness, err := Create(path, Format{Seed: 5, Longest: 100})
	if err != nil {
		t.Fatal(err)
	}
	if child, err = Open(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		child.Close()
		harness.Close()
	})
	if child.Format != harness.Format {
		t.Fatalf("format %+v, want %+v", child.Format, harness.Format)
	}
	return child, harness
}

// TestBooksSeeEachEntry: what one process stores, the other one sees, and it is
// in the file.
func TestBooksSeeEachEntry(t *testing.T) {
	child, harness := made(t)
	out := child.Outbox(2, 4)
	out.Begin(3)
	out.Done()
	if first := out.Begin(4); first != NewID(2, 4) {
		t.Errorf("the first of the second batch is %v", first)
	}
	in := child.Inbox(1)
	in.Taking()
	in.Taken(NewID(2, 3).Last())
	in.Hold(NewID(2, 2))
	b := harness.Books(2, 1)
	if s := b.Writers[1]; s != (Sent{Begun: 7, Done: 3, Most: 4}) || b.Writers[0] != (Sent{}) {
		t.Errorf("writers %+v", b.Writers)
	}
	if r := b.Readers[0]; r != (Taken{Last: NewID(2, 3), Held: NewID(2, 2), InHand: 1}) {
		t.Errorf("reader %+v", r)
	}
	in.LettingGo(NewID(2, 2))
	if r := harness.Taken(1); r.Held != NewID(2, 2) || !r.LettingGo {
		t.Errorf("letting go: %+v", r)
	}
	in.Released()
	if r := harness.Taken(1); r.Held != 0 || r.LettingGo {
		t.Errorf("released: %+v", r)
	}
	if child.Finishing() {
		t.Error("the end is asked for though nobody has")
	}
	if harness.Finish(); !child.Finishing() {
		t.Error("the end that is asked for is not seen")
	}
}

// TestInboxChecksWhatComes message by message, over the death of a writer and of
// a reader.
func TestInboxChecksWhatComes(t *testing.T) {
	child, harness := made(t)
	send := func(life, number int) []byte { return child.Format.Append(nil, NewID(life, uint64(number))) }
	take := func(in *Inbox, msg []byte) {
		t.Helper()
		id, err := in.Check(msg)
		if err != nil {
			t.Fatal(err)
		}
		in.Taken(id)
	}
	refuse := func(in Inbox, msg []byte, want string) { // on a copy: the real one goes on
		t.Helper()
		if _, err := in.Check(msg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	first := child.Outbox(1, 1)
	first.Begin(2)
	first.Done()
	first.Begin(1) // and dies
	second := child.Outbox(2, 1)
	second.Begin(5)

	in := child.Inbox(1)
	in.Taking()
	refuse(*in, send(1, 2), ": 1")
	refuse(*in, send(2, 1), ": 2")
	take(in, send(1, 1))
	refuse(*in, send(1, 1), "again")
	refuse(*in, send(2, 1), ": 1")
	take(in, send(1, 2))
	refuse(*in, send(1, 4), "has sent no more than 3")
	refuse(*in, send(9, 1), "has sent no more than 0")
	refuse(*in, child.Format.Append(nil, NewID(Lives+1, 1)), "is of no life")
	if harness.Sent(1).Final != nil {
		t.Error("how life 1 ended is known though its end has not come")
	}
	take(in, send(2, 1))
	if f := harness.Sent(1).Final; f == nil || *f != 2 {
		t.Errorf("of life 1 has arrived %v, want 2", f)
	}
	for number := 2; number <= 5; number++ {
		take(in, send(2, number))
	}
	refuse(*in, send(2, 6), "has sent no more than 5")
	second.Begin(5)
	take(in, send(2, 6))

	next := child.Inbox(2) // one may have been in its predecessor's hand
	refuse(*next, send(2, 9), ": 2")
	take(next, send(2, 8))
	if r := harness.Taken(2); r.Missed != 1 || r.Repeated != 0 {
		t.Errorf("%+v, want one missed", r)
	}
}

// TestFinalIsNotGuessed: where one message may be missing, nobody knows how the
// life before has ended, nor do those who come later.
func TestFinalIsNotGuessed(t *testing.T) {
	child, harness := made(t)
	first := child.Outbox(1, 1)
	first.Begin(3)
	first.Done()
	child.Outbox(2, 1).Begin(5)
	in := child.Inbox(1)
	in.Taking()
	for n := range 2 {
		id, err := in.Check(child.Format.Append(nil, NewID(1, uint64(n+1))))
		if err != nil {
			t.Fatal(err)
		}
		in.Taken(id)
	}
	// It takes 1:3 and dies; the next one holds 2:1, and dies before it books it.
	for life := range 2 {
		next := child.Inbox(life + 2)
		id, err := next.Check(child.Format.Append(nil, NewID(2, 1)))
		if err != nil {
			t.Fatal(err)
		}
		next.Hold(id)
		if f := harness.Sent(1).Final; f != nil {
			t.Errorf("reader %d says that %d have arrived of life 1", life+2, *f)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int{"short": 4096, "empty of words": total * 8} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if l, err := Open(path); err == nil {
			l.Close()
			t.Errorf("a file that is %s passes for a ledger", name)
		}
	}
	if _, err := Open(filepath.Join(dir, "gone")); err == nil {
		t.Error("a file that is not there passes for a ledger")
	}
	child, _ := made(t)
	if _, err := Create(filepath.Join(dir, "short"), child.Format); err == nil {
		t.Error("a ledger is made over another file")
	}
}
