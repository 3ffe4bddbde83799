package page

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func explored(t *testing.T, text string) *Explore {
	t.Helper()
	e := new(Explore)
	if err := json.Unmarshal([]byte(text), e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestShapesOfExploringAreTaken: of what exploring says, only the operations
// have a fixed shape.
func TestShapesOfExploringAreTaken(t *testing.T) {
	e := explored(t, `{"operations":[{"op":"push","unnamed":2,"violations":["a",{"b":1}]},{"op":"pop","unnamed":null}],
		"recovery":{"max_depth":3,"rounds":[1,2],"violations":[],"note":null},"interleavings":{"run":12345678901},"new":1}`)
	if o := e.Operations[0]; o.Unnamed.N != 2 || o.Violations.N != 2 || o.Violations.Items[1] != "b 1" || o.Sound() {
		t.Errorf("%+v", o)
	}
	if o := e.Operations[1]; !o.Sound() {
		t.Errorf("%+v is unsound", o)
	}
	want := []figure{{"max depth", "3"}, {"note", "–"}, {"rounds", "2"}, {"violations", "none"}}
	if got := e.Recovery.Figures(); len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("figures %+v, want %+v", got, want)
	}
	if got := e.Interleavings.Figures(); len(got) != 1 || got[0].Value != "12345678901" {
		t.Errorf("figures %+v", got)
	}
	if e.Graph() != nil || explored(t, `{}`).Graph() != nil || explored(t, `{"recovery":null}`).Recovery.Figures() != nil {
		t.Error("a graph, or figures, out of nothing")
	}
	for _, wrong := range []string{`{"operations":[{"unnamed":"many"}]}`, `{"recovery":[1]}`, `{"operations":{}}`} {
		if json.Unmarshal([]byte(wrong), new(Explore)) == nil {
			t.Errorf("%s is understood", wrong)
		}
	}
}

func TestGraphStandsInLayers(t *testing.T) {
	g := explored(t, `{"recovery":{"nodes":[{"id":"a","label":"empty"},"b",{"hash":"c"},{"id":7}],"edges":[
		{"from":"a","to":"b","op":"push","file":"/x/ring/writer.go","line":12},{"from":"a","to":"c"},{"from":"b","to":"d","label":"<pop>"},
		{"from":"c","to":"d"},{"from":"d","to":"a"},{"from":"d","to":"d"},{"from":"a"},"noise"]}}`).Graph()
	if len(g.Nodes) != 5 || len(g.Edges) != 6 || g.Edges[0].Words != "push writer.go:12" {
		t.Fatalf("%d nodes, %d edges %+v", len(g.Nodes), len(g.Edges), g.Edges)
	}
	drawing := g.svg()
	layers := map[string]int{"7": 0}
	for _, n := range g.Nodes {
		layers[n.ID] = n.layer
	}
	// Nothing begins but 7: the circle begins with the node named first.
	for id, want := range map[string]int{"7": 0, "a": 0, "b": 1, "c": 1, "d": 2} {
		if layers[id] != want {
			t.Errorf("%s is in layer %d, want %d", id, layers[id], want)
		}
	}
	if n := strings.Count(drawing, `class="way back"`); n != 1 {
		t.Errorf("%d edges lead back, want 1", n)
	}
	if strings.Contains(drawing, "<pop>") {
		t.Error("words have become markup")
	}
	for dec := xml.NewDecoder(strings.NewReader(drawing)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, drawing)
		}
	}
}

func TestGraphTooLargeIsNotDrawn(t *testing.T) {
	g := new(graph)
	for i := range mostNodes + 1 {
		g.edge("begin", strings.Repeat("x", i+1), "")
	}
	if g.Drawing() != "" {
		t.Error("it is drawn")
	}
}
