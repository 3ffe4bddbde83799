package explored

import (
	"encoding/binary"
	"fmt"
	"strings"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// A Graph is every image that crash after crash can leave of a ring, and the
// stores that lead from one to another.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// A Node is an image, in its normal form.
type Node struct {
	ID    int    `json:"id"` // its place in Graph.Nodes
	Label string `json:"label"`
	// Start tells that exploring began here, Whole that some operation has
	// ended here: the others are left by a death alone.
	Start bool `json:"start,omitempty"`
	Whole bool `json:"whole,omitempty"`
	Round int  `json:"round"` // in which it was found: how many operations it takes to come here

	image explore.Image
}

// An Edge is one store, or one system call, of an operation that began anywhere.
type Edge struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	At   string `json:"at"` // "file.go:line function"
	Op   string `json:"op"`
}

// Places of the header's words that package ring does not tell.
const (
	writeAt  = 64
	commitAt = 72
	readAt   = 128
	align    = 8
	noCommit = 8 // how far behind the reader a commit index is that is behind it
)

// normal makes an image one of few: those that differ in what only counts become
// the same, and one that is a ring again, from which a run can begin. Indices
// are those of the second lap; messages, whose bytes the caller has checked,
// are named by their place in the ring; both events are set. In free room stand
// ready records, as if of an earlier lap: whoever looks beyond the indices finds
// one. Only the header at which the writer stands is kept, for that is what a
// death in the middle leaves.
func normal(m explore.Image) explore.Image {
	c := m.Clone()
	s := ring.Decode(c[0])
	if s.Problem != nil {
		return c
	}
	file := make([]byte, len(c[0]))
	copy(file, c[0][:ring.HeaderSize])
	c[0] = file
	put := func(at int, index uint64) { binary.NativeEndian.PutUint64(file[at:], index) }
	read := s.Capacity + s.Read%s.Capacity
	write := read + s.Write - s.Read
	put(readAt, read)
	put(writeAt, write)
	put(commitAt, write+s.Commit-s.Write)
	if s.Commit < s.Read { // nobody can tell how far
		put(commitAt, read-noCommit)
	}
	for _, event := range []int{ring.DataAvailOffset, ring.SpaceAvailOffset} {
		binary.NativeEndian.PutUint32(file[event:], 1)
	}
	data, old := file[ring.HeaderSize:], m[0][ring.HeaderSize:]
	for at := 0; at < len(data); at += align {
		copy(data[at:], stale)
	}
	for i, rec := range s.Records {
		slot := data[rec.Offset:][:ring.RecordSize(int(rec.Length))]
		if !rec.Wrap {
			clear(slot)
			copy(slot[word:], placed(i, int(rec.Length)))
		}
		copy(slot[:word], old[rec.Offset:])
	}
	if n := s.Next; n != nil {
		slot := data[n.Offset:]
		copy(slot[:word], old[n.Offset:])
		if remains(n, s.Capacity) {
			copy(slot[:word], "....")
		}
		if size := uint64(len(n.Body)); n.Ready && !n.Wrap && string(n.Body) != lapsed && word+size <= s.Capacity-(s.Write-s.Read) {
			copy(slot[word:], placed(len(s.Records), len(n.Body)))
		}
	}
	return c
}

// remains reports whether a header is none but a piece of an old message.
func remains(n *ring.Record, capacity uint64) bool {
	return !n.Ready && uint64(n.Length) > capacity
}

// stale is a record of an earlier lap, with the message lapsed.
var stale = func() []byte {
	const ready = 1 << 31
	return append(binary.NativeEndian.AppendUint32(nil, ready|uint32(len(lapsed))), lapsed...)
}()

const lapsed = "old!"

// placed is the message at a place of the ring, in normal form.
func placed(i, size int) []byte { return msg(string(rune('a'+i)), size) }

// label describes an image in normal form for people: where the reader stands,
// the lengths of the messages, and what a death has left behind.
func label(m explore.Image) string {
	text := ""
	switch s := ring.Decode(m[0]); {
	case m[0] == nil:
		text = "no file"
	case len(m[0]) < ring.HeaderSize:
		text = fmt.Sprintf("%d bytes", len(m[0]))
	case s.Magic == 0 && s.Capacity == 0:
		text = "zeros"
	case s.Magic == 0:
		text = "no magic"
	case s.Problem != nil:
		text = s.Problem.Error()
	default:
		text = ringLabel(s)
	}
	if len(m) > 1 && m[1] != nil {
		text += ", beside it " + label(m[1:])
	}
	return text
}

func ringLabel(s ring.Snapshot) string {
	var held []string
	for _, rec := range s.Records {
		if rec.Wrap {
			held = append(held, "wrap")
		} else {
			held = append(held, fmt.Sprint(rec.Length))
		}
	}
	text := fmt.Sprintf("@%d [%s]", s.Read%s.Capacity, strings.Join(held, " "))
	if s.Commit != s.Write {
		text += fmt.Sprintf(" commit %+d", int64(s.Commit-s.Write))
	}
	n := s.Next
	if n == nil {
		return text + " full"
	}
	switch header := fmt.Sprint(n.Length); {
	case n.Ready && !n.Wrap && string(n.Body) == lapsed:
		return text
	case remains(n, s.Capacity):
		return text + " next is rubbish"
	default:
		if n.Wrap {
			header = "wrap " + header
		}
		if n.Ready {
			header += " ready"
		}
		return text + " next " + header
	}
}
