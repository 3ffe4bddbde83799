package ledger

import (
	"errors"
	"strings"
	"testing"
)

// TestStand says where a reader begins, by what the ones before it have booked.
func TestStand(t *testing.T) {
	at := NewID(1, 7)
	for _, row := range []struct {
		name    string
		readers []Taken
		want    Stand
	}{
		{"the first reader", nil, Stand{}},
		{"behind one that did nothing", []Taken{{}}, Stand{}},
		{"behind one that takes and books", []Taken{{Last: at, InHand: 1}}, Stand{Last: at, InHand: 1}},
		{"behind one that holds", []Taken{{Last: at, Held: NewID(1, 4)}}, Stand{Last: at, Held: NewID(1, 4), Again: true}},
		{"behind one that lets go", []Taken{{Last: at, Held: NewID(1, 4), LettingGo: true}}, Stand{Last: at, Held: NewID(1, 4)}},
		{"behind one that has let go", []Taken{{Last: at}}, Stand{Last: at}},
		{"behind one that holds its first and has not booked it", []Taken{{Last: at, InHand: 1}, {Held: NewID(1, 8)}}, Stand{Last: at, Held: NewID(1, 8), Again: true}},
		{"behind two that took and booked nothing", []Taken{{Last: at}, {InHand: 1}, {InHand: 1}}, Stand{Last: at, InHand: 2}},
		{"a taker behind a holder", []Taken{{Last: at, Held: NewID(1, 4)}, {InHand: 1}}, Stand{Last: at, Held: NewID(1, 4), Again: true, InHand: 1}},
		{"the latest that has booked", []Taken{{Last: at, Held: NewID(1, 4)}, {Last: NewID(1, 5), InHand: 1}, {}}, Stand{Last: NewID(1, 5), InHand: 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := (Books{Readers: row.readers}).Stand(len(row.readers) + 1); got != row.want {
				t.Errorf("%+v, want %+v", got, row.want)
			}
		})
	}
}

// TestFirst says what a reader may begin with. Life 1 has 10 messages done and up
// to 12 begun, life 2 none, life 3 has more than one.
func TestFirst(t *testing.T) {
	for _, row := range []struct {
		name             string
		stand            Stand
		id               ID
		missed, repeated uint64
		wrong            string
	}{
		{"nothing in hand: the next", Stand{Last: NewID(1, 5)}, NewID(1, 6), 0, 0, ""},
		{"nothing in hand: one is missing", Stand{Last: NewID(1, 5)}, NewID(1, 7), 0, 0, ": 1"},
		{"nothing in hand: the last again", Stand{Last: NewID(1, 5)}, NewID(1, 5), 0, 0, "again"},
		{"nothing in hand: the next life", Stand{Last: NewID(1, 11)}, NewID(3, 1), 0, 0, ""},
		{"nothing in hand: the next life too soon", Stand{Last: NewID(1, 9)}, NewID(3, 1), 0, 0, ": 1"},

		{"one in hand: the next", Stand{Last: NewID(1, 5), InHand: 1}, NewID(1, 6), 0, 0, ""},
		{"one in hand: it is missing", Stand{Last: NewID(1, 5), InHand: 1}, NewID(1, 7), 1, 0, ""},
		{"one in hand: two are missing", Stand{Last: NewID(1, 5), InHand: 1}, NewID(1, 8), 0, 0, ": 2"},
		{"one in hand: the last again", Stand{Last: NewID(1, 5), InHand: 1}, NewID(1, 5), 0, 0, "again"},
		{"one in hand: the last of its life is missing", Stand{Last: NewID(1, 9), InHand: 1}, NewID(3, 1), 1, 0, ""},
		{"one in hand: the first of the next is missing", Stand{Last: NewID(1, 10), InHand: 1}, NewID(3, 2), 1, 0, ""},
		{"one in hand: one missing on either side", Stand{Last: NewID(1, 9), InHand: 1}, NewID(3, 2), 0, 0, ": 2"},
		{"two in hand, by two readers", Stand{Last: NewID(1, 5), InHand: 2}, NewID(1, 8), 2, 0, ""},

		{"held: all come again", Stand{Last: NewID(1, 8), Held: NewID(1, 5), Again: true}, NewID(1, 5), 0, 4, ""},
		{"held: across a life", Stand{Last: NewID(3, 2), Held: NewID(1, 10), Again: true}, NewID(1, 10), 0, 3, ""},
		{"held: one too early", Stand{Last: NewID(1, 8), Held: NewID(1, 5), Again: true}, NewID(1, 4), 0, 0, "again"},
		{"held: one too late", Stand{Last: NewID(1, 8), Held: NewID(1, 5), Again: true}, NewID(1, 6), 0, 0, ": 1"},
		{"held: let go though nobody did", Stand{Last: NewID(1, 8), Held: NewID(1, 5), Again: true}, NewID(1, 9), 0, 0, "missing"},
		{"held, not booked", Stand{Last: NewID(1, 8), Held: NewID(1, 9), Again: true}, NewID(1, 9), 0, 0, ""},
		{"held, then one in a taker's hand", Stand{Last: NewID(1, 8), Held: NewID(1, 5), Again: true, InHand: 1}, NewID(1, 6), 1, 3, ""},

		{"letting go: all come again", Stand{Last: NewID(1, 8), Held: NewID(1, 5)}, NewID(1, 5), 0, 4, ""},
		{"letting go: none", Stand{Last: NewID(1, 8), Held: NewID(1, 5)}, NewID(1, 9), 0, 0, ""},
		{"letting go: from the middle", Stand{Last: NewID(1, 8), Held: NewID(1, 5)}, NewID(1, 7), 0, 0, "missing"},
		{"letting go: from before", Stand{Last: NewID(1, 8), Held: NewID(1, 5)}, NewID(1, 4), 0, 0, "again"},
		{"letting go: one is missing", Stand{Last: NewID(1, 8), Held: NewID(1, 5)}, NewID(1, 10), 0, 0, ": 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			missed, repeated, err := lives().First(row.stand, row.id)
			switch {
			case row.wrong != "":
				if !errors.Is(err, ErrWrong) || !strings.Contains(err.Error(), row.wrong) {
					t.Errorf("%d missed, %d again, %v, want an error with %q", missed, repeated, err, row.wrong)
				}
			case err != nil || missed != row.missed || repeated != row.repeated:
				t.Errorf("%d missed, %d again, %v, want %d and %d", missed, repeated, err, row.missed, row.repeated)
			}
		})
	}
}
