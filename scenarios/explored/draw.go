package explored

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

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
