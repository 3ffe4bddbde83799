package explored

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"html"
	"math"
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

// DOT is the graph for Graphviz.
func (g Graph) DOT() []byte {
	var b bytes.Buffer
	b.WriteString("digraph recovery {\n\trankdir=LR;\n\tnode [shape=box, style=rounded];\n")
	for _, n := range g.Nodes {
		shape := ""
		if n.Whole {
			shape = ", peripheries=2"
		}
		fmt.Fprintf(&b, "\t%d [label=%q%s];\n", n.ID, n.Label, shape)
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "\t%d -> %d [tooltip=%q];\n", e.From, e.To, e.Op+": "+e.At)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// Measures of the drawing, in pixels.
const (
	columnWidth = 340
	rowHeight   = 24
	columnRows  = 48 // a round with more nodes takes several columns
	nodeWidth   = 230
	nodeHeight  = 17
	margin      = 24
	headHeight  = 64
)

// spot is where a node is drawn: its left edge, and its middle.
type spot struct{ x, y float64 }

// SVG draws the graph: a column of images for each round, with what they are;
// every edge tells its store or call where the pointer rests on it, and a node
// under the pointer shows its own edges.
func (g Graph) SVG() []byte {
	at, columns, rows := g.spots()
	width := margin*2 + columns*columnWidth
	height := headHeight + margin + rows*rowHeight
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="ui-monospace, monospace" font-size="9.5">
<title>What deaths leave of a ring: %d images, %d edges</title>
<style>
svg { background: #fff }
path { fill: none; stroke: #5b6b7f; stroke-width: .7; opacity: .3 }
path.back { stroke: #b3592b }
path:hover, g:hover path { stroke-width: 2; opacity: 1 }
rect { fill: #fdf3e7; stroke: #c98a3c; stroke-width: .8 }
rect.whole { fill: #e8f1fb; stroke: #3f78b5 }
rect.start { fill: #2f5d8c }
.head { font-size: 17px; font-weight: 600 }
.note { font-size: 11px; fill: #555 }
text.start { fill: #fff }
</style>
<text class="head" x="%d" y="28">What deaths leave of a ring: %d images, %d edges</text>
<text class="note" x="%d" y="48">Columns: how many operations it takes to come there. Blue: an operation has ended here. Amber: left by a death in the middle of one. Grey leads on, rust leads back. Rest on an edge for its line, on an image for its edges.</text>
`, width, height, len(g.Nodes), len(g.Edges), margin, len(g.Nodes), len(g.Edges), margin)
	out := make([][]Edge, len(g.Nodes))
	for _, e := range g.Edges {
		out[e.From] = append(out[e.From], e)
	}
	for _, n := range g.Nodes {
		b.WriteString("<g>\n")
		for _, e := range out[n.ID] {
			drawEdge(&b, at[e.From], at[e.To], e, n.Label, g.Nodes[e.To].Label)
		}
		drawNode(&b, at[n.ID], n)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// spots places the nodes, and returns how many columns and rows they take.
func (g Graph) spots() (at []spot, columns, rows int) {
	at = make([]spot, len(g.Nodes))
	row, round := 0, 0
	columns = 1
	for i, n := range g.Nodes { // they are in the order of their rounds
		if n.Round != round || row == columnRows {
			row, round = 0, n.Round
			columns++
		}
		at[i] = spot{float64(margin + (columns-1)*columnWidth), float64(headHeight + margin + row*rowHeight)}
		row++
		rows = max(rows, row)
	}
	return at, columns, rows
}

func drawNode(b *bytes.Buffer, at spot, n Node) {
	class := ""
	switch {
	case n.Start:
		class = ` class="start"`
	case n.Whole:
		class = ` class="whole"`
	}
	shown := n.Label
	if most := 38; len(shown) > most {
		shown = shown[:most-1] + "…"
	}
	fmt.Fprintf(b, `<rect x="%.0f" y="%.1f" width="%d" height="%d" rx="4"%s><title>%d: %s</title></rect><text%s x="%.0f" y="%.1f" pointer-events="none">%s</text>`+"\n",
		at.x, at.y-nodeHeight/2, nodeWidth, nodeHeight, class, n.ID, html.EscapeString(n.Label), class, at.x+5, at.y+3, html.EscapeString(shown))
}

// drawEdge draws a curve from one node to another: out at the right and in at
// the left if it leads on, else out and in at the right.
func drawEdge(b *bytes.Buffer, from, to spot, e Edge, left, right string) {
	x1, x2, class := from.x+nodeWidth, to.x, ""
	bend := max(40, (x2-x1)/2)
	c1, c2 := x1+bend, x2-bend
	if to.x <= from.x {
		x2, class = to.x+nodeWidth, ` class="back"`
		bend = 30 + 0.1*math.Abs(to.y-from.y)
		c1, c2 = x1+bend, x2+bend
	}
	fmt.Fprintf(b, `<path%s d="M%.0f %.1fC%.0f %.1f %.0f %.1f %.0f %.1f"><title>%s: %s&#10;%s → %s</title></path>`+"\n",
		class, x1, from.y, c1, from.y, c2, to.y, x2, to.y, html.EscapeString(e.Op), html.EscapeString(e.At),
		html.EscapeString(left), html.EscapeString(right))
}
