package page

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// A graph is states and what leads from one to the next.
type graph struct {
	Nodes []*node
	Edges []edge
	byID  map[string]*node
}

type node struct {
	ID, Label string
	layer     int // steps from the begin
	row       float64
}

type edge struct {
	From, To *node
	Words    string
}

// mostNodes bounds the drawing: beyond, the table of edges says more.
const mostNodes = 300

// node returns the node of that id, which is made if it is not there yet.
func (g *graph) node(id string) *node {
	if g.byID == nil {
		g.byID = map[string]*node{}
	}
	n := g.byID[id]
	if n == nil {
		n = &node{ID: id}
		g.byID[id] = n
		g.Nodes = append(g.Nodes, n)
	}
	return n
}

func (g *graph) edge(from, to, words string) {
	g.Edges = append(g.Edges, edge{g.node(from), g.node(to), words})
}

// Name is the node's label, or else the begin of its id.
func (n *node) Name() string {
	name := n.Label
	if name == "" {
		name = n.ID
	}
	const most = 18
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return name
}

// layout gives every node a layer, which is its distance from where nothing
// leads to (or from the first node), and a row in it, near its neighbours in the
// layer before.
func (g *graph) layout() (layers [][]*node) {
	const unseen = -1
	incoming := map[*node]int{}
	next := map[*node][]*node{}
	for _, e := range g.Edges {
		if e.From != e.To {
			incoming[e.To]++
			next[e.From] = append(next[e.From], e.To)
		}
	}
	for _, n := range g.Nodes {
		n.layer = unseen
	}
	walk := func(from []*node) {
		for depth := 0; len(from) > 0; depth++ {
			var following []*node
			for _, n := range from {
				if n.layer == unseen {
					n.layer = depth
					following = append(following, next[n]...)
				}
			}
			from = following
		}
	}
	var begins []*node
	for _, n := range g.Nodes {
		if incoming[n] == 0 {
			begins = append(begins, n)
		}
	}
	walk(begins)
	for _, n := range g.Nodes {
		if n.layer == unseen {
			walk([]*node{n}) // in a circle that nothing leads into
		}
	}
	for _, n := range g.Nodes {
		for len(layers) <= n.layer {
			layers = append(layers, nil)
		}
		layers[n.layer] = append(layers[n.layer], n)
	}
	for _, layer := range layers {
		g.order(layer)
	}
	return layers
}

// order sorts a layer by the mean row of what leads to its nodes from before.
func (g *graph) order(layer []*node) {
	mean := map[*node]float64{}
	for _, n := range layer {
		sum, count := 0.0, 0.0
		for _, e := range g.Edges {
			if e.To == n && e.From.layer < n.layer {
				sum, count = sum+e.From.row, count+1
			}
		}
		if count > 0 {
			mean[n] = sum / count
		}
	}
	slices.SortStableFunc(layer, func(a, b *node) int {
		switch {
		case mean[a] < mean[b]:
			return -1
		case mean[a] > mean[b]:
			return 1
		}
		return 0
	})
	for i, n := range layer {
		n.row = float64(i)
	}
}

// Measures of the drawing.
const (
	nodeWidth, nodeHeight = 134, 22
	layerStep, rowStep    = 190, 34
	graphMargin           = 12
)

// svg draws the graph from left to right. An edge that leads back is dashed.
func (g *graph) svg() string {
	layers := g.layout()
	tallest := 0
	for _, layer := range layers {
		tallest = max(tallest, len(layer))
	}
	width := len(layers)*layerStep - (layerStep - nodeWidth) + 2*graphMargin
	height := tallest*rowStep + 2*graphMargin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="graph" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Graph of %d states and %d ways from one to another; the table below has the same">`,
		width, height, width, height, len(g.Nodes), len(g.Edges))
	at := func(n *node) (x, y float64) {
		spare := float64(tallest-len(layers[n.layer])) * rowStep / 2
		return float64(graphMargin + n.layer*layerStep), graphMargin + spare + n.row*rowStep
	}
	for _, e := range g.Edges {
		if e.From == e.To {
			continue
		}
		x1, y1 := at(e.From)
		x2, y2 := at(e.To)
		class, bend := "way", float64(layerStep-nodeWidth)
		x1, y1, y2 = x1+nodeWidth, y1+nodeHeight/2, y2+nodeHeight/2
		if e.To.layer <= e.From.layer {
			class, x2 = "way back", x2+nodeWidth
			fmt.Fprintf(&b, `<path class="%s" d="M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f">`, class, x1, y1, x1+bend, y1, x2+bend, y2, x2, y2)
		} else {
			fmt.Fprintf(&b, `<path class="%s" d="M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f">`, class, x1, y1, x1+bend, y1, x2-bend, y2, x2, y2)
		}
		fmt.Fprintf(&b, `<title>%s</title></path>`, html.EscapeString(e.From.ID+" → "+e.To.ID+": "+e.Words))
	}
	for _, n := range g.Nodes {
		x, y := at(n)
		fmt.Fprintf(&b, `<g><title>%s</title><rect class="state" x="%.0f" y="%.0f" width="%d" height="%d" rx="3"/><text class="body" x="%.0f" y="%.0f">%s</text></g>`,
			html.EscapeString(strings.TrimSpace(n.ID+" "+n.Label)), x, y, nodeWidth, nodeHeight, x+nodeWidth/2, y+15, html.EscapeString(n.Name()))
	}
	b.WriteString(`</svg>`)
	return b.String()
}
