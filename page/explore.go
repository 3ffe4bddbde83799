package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Explore is what explore.json says, as far as it is understood. Of the parts
// whose shape is not fixed, every finding is shown by its name.
type Explore struct {
	Operations    []Operation `json:"operations"`
	Recovery      loose       `json:"recovery"`
	Interleavings loose       `json:"interleavings"`
	Uncalled      []string    `json:"uncalled"` // lines of the catalogue of equivalents that nothing needs
}

// Operation is one operation, explored in one build.
type Operation struct {
	Op         string  `json:"op"`
	Build      string  `json:"build"`
	States     int     `json:"states"`
	Canonical  int     `json:"canonical"`
	Stores     int     `json:"stores"`
	Syscalls   int     `json:"syscalls"`
	Kills      int     `json:"kills"`
	Time       float64 `json:"ms"`
	Unnamed    tally   `json:"unnamed"`
	Violations tally   `json:"violations"`
}

// Sound reports whether exploring found nothing wrong.
func (o Operation) Sound() bool { return o.Violations.N == 0 && o.Unnamed.N == 0 }

// A tally is a list of things, or only their number.
type tally struct {
	N     int
	Items []string
}

// UnmarshalJSON takes a number, or a list of anything.
func (t *tally) UnmarshalJSON(text []byte) error {
	var list []any
	if err := json.Unmarshal(text, &t.N); err == nil {
		return nil
	}
	if err := unmarshal(text, &list); err != nil {
		return fmt.Errorf("neither a number nor a list: %w", err)
	}
	t.N = len(list)
	for _, item := range list {
		t.Items = append(t.Items, inWords(item))
	}
	return nil
}

// loose is an object of a shape that is not fixed.
type loose map[string]any

// UnmarshalJSON keeps numbers as they are written. What is no object, such as
// null or words that say why it was not run, has no figures.
func (l *loose) UnmarshalJSON(text []byte) error {
	if text[0] != '{' && text[0] != '[' {
		return nil
	}
	return unmarshal(text, (*map[string]any)(l))
}

func unmarshal(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return dec.Decode(into)
}

// A finding is a value with a name.
type finding struct{ Name, Value string }

// Findings are the values but for the graph: lists count by their length, and
// those of violations are said in full.
func (l loose) Findings() (all []finding) {
	for _, name := range slices.Sorted(maps.Keys(l)) {
		list, isList := l[name].([]any)
		switch {
		case name == "graph" || name == "nodes" || name == "edges" && isList:
		case name == "ms":
			ms, _ := strconv.ParseFloat(inWords(l[name]), 64)
			all = append(all, finding{"time", seconds(ms)})
		case isList && name != "violations" && name != "unnamed":
			all = append(all, finding{name, strconv.Itoa(len(list))})
		default:
			all = append(all, finding{strings.ReplaceAll(name, "_", " "), inWords(l[name])})
		}
	}
	return all
}

// inWords writes any value for a person.
func inWords(value any) string {
	switch value := value.(type) {
	case nil:
		return "–"
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, name+" "+inWords(value[name]))
		}
		return strings.Join(parts, ", ")
	case []any:
		if len(value) == 0 {
			return "none"
		}
		var parts []string
		for _, item := range value {
			parts = append(parts, inWords(item))
		}
		return strings.Join(parts, "; ")
	}
	return fmt.Sprint(value)
}

// Graph is the recovery graph, if the result has its nodes and edges; else nil.
func (e *Explore) Graph() *graph {
	within := map[string]any(e.Recovery)
	if inner, ok := within["graph"].(map[string]any); ok {
		within = inner
	}
	g := new(graph)
	nodes, _ := within["nodes"].([]any)
	for _, n := range nodes {
		fields, ok := n.(map[string]any)
		if !ok {
			g.node(inWords(n))
			continue
		}
		made := g.node(pick(fields, "id", "hash"))
		made.Label = pick(fields, "label", "name", "site")
		if round, err := strconv.ParseUint(pick(fields, "round"), 10, 16); err == nil {
			made.layer, g.layered = int(round), true
		}
		made.Begin, made.Whole = fields["start"] == true, fields["whole"] == true
	}
	edges, _ := within["edges"].([]any)
	for _, edge := range edges {
		fields, _ := edge.(map[string]any)
		from, to := pick(fields, "from"), pick(fields, "to")
		if from == "" || to == "" {
			continue
		}
		at := pick(fields, "at")
		if file := pick(fields, "file"); file != "" {
			at = file[strings.LastIndexByte(file, '/')+1:] + ":" + pick(fields, "line")
		}
		g.edge(from, to, pick(fields, "op", "label"), at)
	}
	if len(g.Nodes) == 0 {
		return nil
	}
	g.layout()
	return g
}

// pick returns the first of the fields that is there.
func pick(fields map[string]any, names ...string) string {
	for _, name := range names {
		if value, ok := fields[name]; ok && value != nil {
			return inWords(value)
		}
	}
	return ""
}

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
