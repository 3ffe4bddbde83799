package scenarios

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestEveryStrayByteIsSeen: in the header, in the data, beside what a victim may
// change and at the very ends.
func TestEveryStrayByteIsSeen(t *testing.T) {
	allowed := []span{{64, 80}, {192, 196}, {4096, 4104}}
	before := make([]byte, 4096+256)
	for at := range before {
		dead := bytes.Clone(before)
		dead[at]++
		l := &cellRun{before: before, atDeath: dead}
		may := slices.ContainsFunc(allowed, func(s span) bool { return s.from <= at && at < s.to })
		if got := l.stray(allowed...); (got == "nothing") != may {
			t.Errorf("byte %d has changed: stray is %q, allowed %v", at, got, may)
		}
	}
}

// TestASlotIsReadToItsLastByte: what stands there is not what the victim was to
// put there unless every byte is.
func TestASlotIsReadToItsLastByte(t *testing.T) {
	body := bytes.Repeat([]byte("M."), 20)
	slot := func(header uint32, body []byte) []byte {
		s := make([]byte, 256)
		binary.NativeEndian.PutUint32(s, header)
		copy(s[4:], body)
		return s
	}
	const ready, wrap = 1 << 31, 1 << 30
	for _, row := range []struct {
		header uint32
		want   string
	}{
		{0, slotBodyAlone}, {40, slotBody}, {ready | 40, slotReady},
	} {
		if got := slotWord(slot(row.header, body), body); got != row.want {
			t.Errorf("header %#x: %q, want %q", row.header, got, row.want)
		}
		for at := range body {
			other := bytes.Clone(body)
			other[at]++
			if got := slotWord(slot(row.header, other), body); got == row.want {
				t.Errorf("header %#x, another byte %d: %q all the same", row.header, at, got)
			}
		}
	}
	for header, want := range map[uint32]string{0: slotEmpty, 40: slotLength, ready | wrap | 40: slotWrapReady, wrap | 40: slotWrapLength} {
		if got := slotWord(slot(header, nil), body); got != want {
			t.Errorf("header %#x and no body: %q, want %q", header, got, want)
		}
	}
	if got := slotWord(slot(ready|39, body), body); !strings.Contains(got, "length 39") {
		t.Errorf("another length: %q", got)
	}
}

// TestADeadlockLasts: one look may catch children that are about to go on.
func TestADeadlockLasts(t *testing.T) {
	type look struct {
		sleeps map[int]int64
		image  string
	}
	for _, row := range []struct {
		name   string
		first  look
		second look
		want   bool
	}{
		{"asleep", look{map[int]int64{1: 1, 2: 7}, "a"}, look{map[int]int64{1: 1, 2: 7}, "a"}, true},
		{"nobody asleep", look{nil, "a"}, look{nil, "a"}, false},
		{"one sleeps anew", look{map[int]int64{1: 1, 2: 7}, "a"}, look{map[int]int64{1: 1, 2: 8}, "a"}, false},
		{"one is awake again", look{map[int]int64{1: 1, 2: 7}, "a"}, look{map[int]int64{1: 1}, "a"}, false},
		{"another thread sleeps", look{map[int]int64{1: 1}, "a"}, look{map[int]int64{2: 1}, "a"}, false},
		{"nobody asleep any more", look{map[int]int64{1: 1}, "a"}, look{nil, "a"}, false},
		{"a byte has changed", look{map[int]int64{1: 1}, "a"}, look{map[int]int64{1: 1}, "b"}, false},
	} {
		looks := []look{row.first, row.second}
		sleeps, images := 0, 0
		got := lasting(
			func() map[int]int64 { sleeps++; return looks[sleeps-1].sleeps },
			func() []byte { images++; return []byte(looks[images-1].image) },
		)
		if got != row.want {
			t.Errorf("%s: a deadlock is %v, want %v", row.name, got, row.want)
		}
	}
}

// TestFrozenMeansEveryByte: of the header too, and of the length.
func TestFrozenMeansEveryByte(t *testing.T) {
	atSite := make([]byte, 4096+64)
	for at := range atSite {
		dead := bytes.Clone(atSite)
		dead[at]++
		if got := frozen(atSite, dead); !strings.Contains(got, fmt.Sprintf("byte %d ", at)) {
			t.Errorf("byte %d has changed: frozen is %q", at, got)
		}
	}
	if got := frozen(atSite, atSite[:4096]); got == "yes" {
		t.Error("a file that was cut has not changed")
	}
	if got := frozen(atSite, bytes.Clone(atSite)); got != "yes" {
		t.Errorf("nothing has changed: %q", got)
	}
}
