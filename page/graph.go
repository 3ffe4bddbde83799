package page

import (
	"encoding/json"
	"slices"
)

// A graph is states and what leads from one to the next. The page's script draws
// it: thousands of edges, with words for each, would be too large as a drawing.
type graph struct {
	Nodes []*node
	Edges []edge
	byID  map[string]*node
	// layered tells that the nodes came with their layers.
	layered bool
}

type node struct {
	ID, Label string
	Begin     bool // exploring began here
	Whole     bool // an operation has ended here
	layer     int  // steps from the begin
	row       float64
}

type edge struct {
	From, To *node
	Op, At   string
}

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

func (g *graph) edge(from, to, op, at string) {
	g.Edges = append(g.Edges, edge{g.node(from), g.node(to), op, at})
}

// MarshalJSON writes what the script needs, as lists: nodes are [id, label,
// layer, begin, whole], in the order of their layers and rows, edges are [place
// of the node that it leads from, that it leads to, operation, where].
func (g *graph) MarshalJSON() ([]byte, error) {
	sorted := slices.Clone(g.Nodes)
	slices.SortStableFunc(sorted, func(a, b *node) int {
		if a.layer != b.layer {
			return a.layer - b.layer
		}
		return int(a.row) - int(b.row)
	})
	place := map[*node]int{}
	nodes, edges := [][]any{}, [][]any{}
	for i, n := range sorted {
		place[n] = i
		nodes = append(nodes, []any{n.ID, n.Label, n.layer, n.Begin, n.Whole})
	}
	for _, e := range g.Edges {
		edges = append(edges, []any{place[e.From], place[e.To], e.Op, e.At})
	}
	return json.Marshal(map[string]any{"nodes": nodes, "edges": edges})
}

// layout gives every node a layer, which is its distance from where nothing
// leads to, or from where exploring began, and a row in it, near its neighbours in the
// layer before.
func (g *graph) layout() {
	if !g.layered {
		g.measure()
	}
	var layers [][]*node
	for _, n := range g.Nodes {
		for len(layers) <= n.layer {
			layers = append(layers, nil)
		}
		layers[n.layer] = append(layers[n.layer], n)
	}
	for _, layer := range layers {
		g.order(layer)
	}
}

// measure finds the layers.
func (g *graph) measure() {
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
		if incoming[n] == 0 || n.Begin {
			begins = append(begins, n)
		}
	}
	walk(begins)
	for _, n := range g.Nodes {
		if n.layer == unseen {
			walk([]*node{n}) // in a circle that nothing leads into
		}
	}
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
