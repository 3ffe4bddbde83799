package page

import (
	"encoding/json"
	"slices"
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
		"recovery":{"max_depth":3,"rounds":[1,2],"violations":[],"ms":1500,"edges":7,"graph":{}},"interleavings":{"run":12345678901},"new":1}`)
	if o := e.Operations[0]; o.Unnamed.N != 2 || o.Violations.N != 2 || o.Violations.Items[1] != "b 1" || o.Sound() {
		t.Errorf("%+v", o)
	}
	if o := e.Operations[1]; !o.Sound() {
		t.Errorf("%+v is unsound", o)
	}
	want := []finding{{"edges", "7"}, {"max depth", "3"}, {"time", "1.5 s"}, {"rounds", "2"}, {"violations", "none"}}
	if got := e.Recovery.Findings(); !slices.Equal(got, want) {
		t.Errorf("figures %+v, want %+v", got, want)
	}
	if got := e.Interleavings.Findings(); len(got) != 1 || got[0].Value != "12345678901" {
		t.Errorf("figures %+v", got)
	}
	for _, none := range []string{`{}`, `{"recovery":null}`, `{"recovery":"not run"}`} {
		if e := explored(t, none); e.Recovery.Findings() != nil || e.Graph() != nil {
			t.Errorf("findings, or a graph, out of %s", none)
		}
	}
	for _, wrong := range []string{`{"operations":[{"unnamed":"many"}]}`, `{"recovery":[1]}`, `{"operations":{}}`} {
		if json.Unmarshal([]byte(wrong), new(Explore)) == nil {
			t.Errorf("%s is understood", wrong)
		}
	}
}

func TestGraphStandsInLayers(t *testing.T) {
	g := explored(t, `{"recovery":{"graph":{"nodes":[{"id":7},{"id":"a","label":"empty","start":true},"b",{"hash":"c","whole":true}],"edges":[
		{"from":"a","to":"b","op":"push","file":"/x/ring/writer.go","line":12},{"from":"a","to":"c"},{"from":"b","to":"d","op":"pop","at":"reader.go:7 pop"},
		{"from":"c","to":"d"},{"from":"d","to":"a"},{"from":"d","to":"d"},{"from":"a"},"noise"]}}}`).Graph()
	text, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	// Nothing leads to 7, and exploring began at a.
	want := `{"edges":[[1,2,"push","writer.go:12"],[1,3,"",""],[2,4,"pop","reader.go:7 pop"],[3,4,"",""],[4,1,"",""],[4,4,"",""]],` +
		`"nodes":[["7","",0,false,false],["a","empty",0,true,false],["b","",1,false,false],["c","",1,false,true],["d","",2,false,false]]}`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestRoundsAreLayers(t *testing.T) {
	g := explored(t, `{"recovery":{"nodes":[{"id":0,"round":0},{"id":1,"round":3}],"edges":[{"from":0,"to":1}]}}`).Graph()
	if g.Nodes[1].layer != 3 {
		t.Errorf("it is in layer %d, want that of its round, 3", g.Nodes[1].layer)
	}
}

// TestCircleHasLayers: where something leads to every state, the first one is
// the begin.
func TestCircleHasLayers(t *testing.T) {
	g := new(graph)
	g.edge("a", "b", "", "")
	g.edge("b", "c", "", "")
	g.edge("c", "a", "", "")
	g.layout()
	for i, n := range g.Nodes {
		if n.layer != i {
			t.Errorf("%s is in layer %d, want %d", n.ID, n.layer, i)
		}
	}
}
