package ledger

import (
	"strings"
	"testing"
)

// TestReadFindsEveryByte: no byte of a message can be another one.
func TestReadFindsEveryByte(t *testing.T) {
	f := Format{Seed: 7, Longest: 200}
	scratch := make([]byte, f.Longest)
	lengths := map[int]bool{}
	for n := range uint64(300) {
		id := NewID(3, n+1)
		msg := f.Append(nil, id)
		lengths[len(msg)] = true
		if got, err := f.Read(msg, scratch); err != nil || got != id {
			t.Fatalf("%v is read as %v, %v", id, got, err)
		}
		for i := range msg {
			msg[i] ^= 1 << (i % 8)
			if got, err := f.Read(msg, scratch); err == nil && i >= Shortest || got == id {
				t.Errorf("%v with another byte %d is read as %v", id, i, got)
			}
			msg[i] ^= 1 << (i % 8)
		}
		for _, cut := range [][]byte{msg[:len(msg)-1], append(msg, 0)} {
			if _, err := f.Read(cut, scratch); err == nil {
				t.Errorf("%v of %d bytes is read from %d", id, len(msg), len(cut))
			}
		}
	}
	if len(lengths) < 50 || !lengths[Shortest] {
		t.Errorf("300 messages have %d lengths, the shortest among them: %v", len(lengths), lengths[Shortest])
	}
}

func TestLengthsStayWithinBounds(t *testing.T) {
	for _, longest := range []int{Shortest, Shortest + 1, 60, 64, 65, 1 << 16} {
		f := Format{Seed: 1, Longest: longest}
		for n := range uint64(2000) {
			if got := f.Length(NewID(1, n+1)); got < Shortest || got > longest {
				t.Fatalf("a length of %d, must be from %d to %d", got, Shortest, longest)
			}
		}
	}
}

// TestAnotherSeedMakesOtherMessages: what is left of one round is not taken for
// a message of another.
func TestAnotherSeedMakesOtherMessages(t *testing.T) {
	one, other := Format{Seed: 1, Longest: 64}, Format{Seed: 2, Longest: 64}
	same := 0
	for n := range uint64(1000) {
		msg := one.Append(nil, NewID(1, n+1))
		if _, err := other.Read(msg, make([]byte, 64)); err == nil {
			same++
		}
	}
	if same > 30 { // those that are an id and nothing else
		t.Errorf("%d of 1000 messages of one seed pass for those of another", same)
	}
}

func TestIDs(t *testing.T) {
	id := NewID(Lives, 1<<40-1)
	if id.Life() != Lives || id.Number() != 1<<40-1 || id.IsLast() {
		t.Errorf("%v: life %d, number %d", id, id.Life(), id.Number())
	}
	last := id.Last()
	if last.Life() != Lives || last.Number() != id.Number() || !last.IsLast() || last.plain() != id {
		t.Errorf("%v: life %d, number %d, last %v", last, last.Life(), last.Number(), last.IsLast())
	}
	if text := NewID(3, 17).String(); !strings.Contains(text, "3:17") {
		t.Error(text)
	}
}
