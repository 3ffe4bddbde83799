package ledger

import (
	"errors"
	"strings"
	"testing"
)

func final(n uint64) *uint64 { return &n }

// lives are three: the first has ended with two of a batch in flight, the second
// came and died before it had sent anything, the third is at work.
func lives() Books {
	return Books{Writers: []Sent{{Begun: 12, Done: 10, Most: 4}, {Begun: 1, Done: 0, Most: 1}, {Begun: 5, Done: 4, Most: 1}}}
}

// known is lives once it is known what of the first has arrived.
func known() Books {
	b := lives()
	b.Writers[0].Final = final(11)
	return b
}

// sentByAll is lives, and the second one has sent two messages.
func sentByAll() Books {
	b := lives()
	b.Writers[1] = Sent{Begun: 3, Done: 2, Most: 1}
	return b
}

// TestSkipped says which message may follow which, and how many are missing if it
// does.
func TestSkipped(t *testing.T) {
	for _, row := range []struct {
		name       string
		books      Books
		before, id ID
		want       uint64
		wrong      string // part of the error
	}{
		{"the first of all", lives(), 0, NewID(1, 1), 0, ""},
		{"the next one", lives(), NewID(1, 3), NewID(1, 4), 0, ""},
		{"the very last one", lives(), NewID(1, 3), NewID(1, 4).Last(), 0, ""},
		{"a gap of one", lives(), NewID(1, 3), NewID(1, 5), 1, ""},
		{"the first of all is missing", lives(), 0, NewID(1, 2), 1, ""},
		{"in flight and arrived", lives(), NewID(1, 10), NewID(1, 11), 0, ""},
		{"again", lives(), NewID(1, 3), NewID(1, 3), 0, "again or out of order"},
		{"backwards", lives(), NewID(1, 3), NewID(1, 2), 0, "again or out of order"},
		{"an earlier life", lives(), NewID(3, 1), NewID(1, 11), 0, "again or out of order"},
		{"never begun", lives(), NewID(1, 12), NewID(1, 13), 0, "has sent no more than 12"},
		{"number 0", lives(), 0, NewID(1, 0), 0, "has sent no more than"},
		{"of no life", lives(), 0, NewID(0, 1), 0, "has sent no more than"},
		{"of a life to come", lives(), NewID(3, 4), NewID(4, 1), 0, "has sent no more than 0"},

		{"next life, behind all done", lives(), NewID(1, 10), NewID(3, 1), 0, ""},
		{"next life, behind some in flight", lives(), NewID(1, 11), NewID(3, 1), 0, ""},
		{"next life, behind all in flight", lives(), NewID(1, 12), NewID(3, 1), 0, ""},
		{"next life, one done is missing", lives(), NewID(1, 9), NewID(3, 1), 1, ""},
		{"next life, its first is missing", lives(), NewID(1, 10), NewID(3, 2), 1, ""},
		{"next life, one missing on either side", lives(), NewID(1, 9), NewID(3, 2), 2, ""},
		{"a life in between, whole", sentByAll(), NewID(2, 2), NewID(3, 1), 0, ""},
		{"a life in between, its one in flight", sentByAll(), NewID(2, 3), NewID(3, 1), 0, ""},
		{"a life in between, left out", sentByAll(), NewID(1, 10), NewID(3, 1), 2, ""},

		{"known, the same again", known(), NewID(1, 11), NewID(3, 1), 0, ""},
		{"known, fewer than the first time", known(), NewID(1, 10), NewID(3, 1), 1, ""},
		{"known, more than the first time", known(), NewID(1, 11), NewID(1, 12), 0, "was 11 when they came first"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := row.books.Skipped(row.before, row.id)
			follows := row.books.Follows(row.before, row.id)
			switch {
			case row.wrong != "":
				if !errors.Is(err, ErrWrong) || !strings.Contains(err.Error(), row.wrong) {
					t.Errorf("%d, %v, want an error with %q", got, err, row.wrong)
				}
			case err != nil || got != row.want:
				t.Errorf("%d, %v, want %d", got, err, row.want)
			}
			if right := row.wrong == "" && row.want == 0; (follows == nil) != right {
				t.Errorf("follows: %v, want none: %v", follows, right)
			}
		})
	}
}

// TestEnded says what a writer life may leave.
func TestEnded(t *testing.T) {
	for _, row := range []struct {
		name  string
		sent  Sent
		wrong string
	}{
		{"before it began", Sent{}, ""},
		{"nothing in flight", Sent{Begun: 7, Done: 7, Most: 1}, ""},
		{"one in flight", Sent{Begun: 8, Done: 7, Most: 1}, ""},
		{"a batch in flight", Sent{Begun: 23, Done: 7, Most: 16}, ""},
		{"two in flight, one at once", Sent{Begun: 9, Done: 7, Most: 1}, "at once at most"},
		{"more than a batch in flight", Sent{Begun: 24, Done: 7, Most: 16}, "at once at most"},
		{"sent and never begun", Sent{Begun: 6, Done: 7, Most: 1}, "begun no more"},
		{"arrived: what was done", Sent{Begun: 8, Done: 7, Most: 1, Final: final(7)}, ""},
		{"arrived: what was begun", Sent{Begun: 8, Done: 7, Most: 1, Final: final(8)}, ""},
		{"arrived: one too few", Sent{Begun: 8, Done: 7, Most: 1, Final: final(6)}, "must be from 7 to 8"},
		{"arrived: one too many", Sent{Begun: 8, Done: 7, Most: 1, Final: final(9)}, "must be from 7 to 8"},
	} {
		t.Run(row.name, func(t *testing.T) {
			says(t, Books{Writers: []Sent{row.sent}}.Ended(1), row.wrong)
		})
	}
}

// TestDrained says what must have arrived when the last writer has finished.
func TestDrained(t *testing.T) {
	sent := []Sent{{Begun: 3, Done: 2, Most: 1}, {Begun: 9, Done: 9, Most: 4}}
	for _, row := range []struct {
		name  string
		books Books
		wrong string
	}{
		{"all", Books{sent, []Taken{{Last: NewID(1, 2)}, {Last: NewID(2, 9)}}}, ""},
		{"all but one", Books{sent, []Taken{{Last: NewID(2, 8)}}}, "is 2:8, must be 2:9"},
		{"one more than was sent", Books{sent, []Taken{{Last: NewID(2, 10)}}}, "is 2:10, must be 2:9"},
		{"an earlier life's", Books{sent, []Taken{{Last: NewID(1, 3)}}}, "is 1:3, must be 2:9"},
		{"nothing, ever", Books{sent, nil}, "is 0:0, must be 2:9"},
		{"the writer is in the middle of one", Books{[]Sent{{}, {Begun: 9, Done: 8, Most: 4}}, []Taken{{Last: NewID(2, 8)}}}, "has finished and has begun 9"},
	} {
		t.Run(row.name, func(t *testing.T) { says(t, row.books.Drained(2), row.wrong) })
	}
}

func says(t *testing.T, err error, wrong string) {
	t.Helper()
	if wrong == "" {
		if err != nil {
			t.Errorf("%v, want none", err)
		}
	} else if !errors.Is(err, ErrWrong) || !strings.Contains(err.Error(), wrong) {
		t.Errorf("error %v, want %q in it", err, wrong)
	}
}

// TestCounts is about what is told of lives that are over.
func TestCounts(t *testing.T) {
	b := known()
	for i, want := range []struct{ lost, arrived uint64 }{{1, 11}, {0, 0}, {0, 4}} {
		if lost, arrived := b.Lost(i+1), b.Arrived(i+1); lost != want.lost || arrived != want.arrived {
			t.Errorf("life %d: %d lost, %d arrived, want %d and %d", i+1, lost, arrived, want.lost, want.arrived)
		}
	}
}
