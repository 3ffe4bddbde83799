package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
)

// Explore is what explore.json says, as far as it is understood. Of the parts
// whose shape is not fixed, every figure is shown by its name.
type Explore struct {
	Operations    []Operation `json:"operations"`
	Recovery      loose       `json:"recovery"`
	Interleavings loose       `json:"interleavings"`
}

// Operation is one operation, explored in one build.
type Operation struct {
	Op         string  `json:"op"`
	Build      string  `json:"build"`
	States     int     `json:"states"`
	Canonical  int     `json:"canonical"`
	Kills      int     `json:"kills"`
	Time       float64 `json:"ms"`
	Unnamed    tally   `json:"unnamed"`
	Violations tally   `json:"violations"`
}

// Sound tells whether exploring found nothing wrong.
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

// UnmarshalJSON keeps numbers as they are written.
func (l *loose) UnmarshalJSON(text []byte) error {
	return unmarshal(text, (*map[string]any)(l))
}

func unmarshal(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return dec.Decode(into)
}

// A figure is a value with a name.
type figure struct{ Name, Value string }

// Figures are the values that are no lists of nodes and edges: lists of other
// things count by their length, and those of violations are said in full.
func (l loose) Figures() (all []figure) {
	for _, name := range slices.Sorted(maps.Keys(l)) {
		switch value := l[name].(type) {
		case []any:
			if name == "violations" || name == "unnamed" {
				all = append(all, figure{name, inWords(value)})
			} else {
				all = append(all, figure{name, fmt.Sprint(len(value))})
			}
		default:
			all = append(all, figure{strings.ReplaceAll(name, "_", " "), inWords(value)})
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

// Graph is the recovery graph, if the result has its nodes and edges.
func (e *Explore) Graph() *graph {
	g := new(graph)
	nodes, _ := e.Recovery["nodes"].([]any)
	for _, n := range nodes {
		id, label := inWords(n), ""
		if fields, ok := n.(map[string]any); ok {
			id, label = pick(fields, "id", "hash"), pick(fields, "label", "name", "site")
		}
		g.node(id).Label = label
	}
	edges, _ := e.Recovery["edges"].([]any)
	for _, edge := range edges {
		fields, _ := edge.(map[string]any)
		from, to := pick(fields, "from"), pick(fields, "to")
		if from == "" || to == "" {
			continue
		}
		delete(fields, "from")
		delete(fields, "to")
		words := pick(fields, "label", "op")
		if file, line := pick(fields, "file"), pick(fields, "line"); file != "" {
			words = strings.TrimSpace(words + " " + file[strings.LastIndexByte(file, '/')+1:] + ":" + line)
		}
		g.edge(from, to, words)
	}
	if len(g.Nodes) == 0 {
		return nil
	}
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

// Drawing is the graph as an SVG; empty if there is none or it is too large for
// a person to read.
func (g *graph) Drawing() template.HTML {
	if len(g.Nodes) > mostNodes {
		return ""
	}
	return template.HTML(g.svg())
}
