package bench

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// elements parses an SVG and returns the text of its elements by name.
func elements(t *testing.T, r *Result) map[string][]string {
	t.Helper()
	var svg strings.Builder
	if err := r.WriteSVG(&svg); err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	var open []string
	dec := xml.NewDecoder(strings.NewReader(svg.String()))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, svg.String())
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name.Local)
			found[token.Name.Local] = append(found[token.Name.Local], "")
			for _, a := range token.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") || strings.Contains(a.Value, "%!") {
					t.Errorf("%s of %s is %q", a.Name.Local, token.Name.Local, a.Value)
				}
				if a.Name.Local == "fill" && a.Value == "" {
					t.Error("an implementation has no colour")
				}
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				texts := found[open[len(open)-1]]
				texts[len(texts)-1] += string(token)
			}
		}
	}
}

func TestSVGShowsEveryFigure(t *testing.T) {
	r := &Result{Environment: Environment{CPU: `<script>"&'`, Rounds: 7}}
	for _, size := range Sizes() {
		for _, name := range Names() {
			r.Rows = append(r.Rows, Row{Impl: name, Size: size, Time: Spread{12, 10, 3000}, Rate: 1})
		}
	}
	for _, load := range []string{Quiet, Busy} {
		r.Latency = append(r.Latency, Latency{Impl: "ring", Size: 64, Load: load,
			P50: Spread{200, 1, 1}, P99: Spread{300, 1, 1}, P999: Spread{4000, 1, 1}})
	}
	found := elements(t, r)
	bars := len(r.Rows) + len(r.Latency)
	if got := len(found["title"]); got != bars+1 {
		t.Errorf("%d titles, want one for each of %d bars and one for all", got, bars)
	}
	if got := len(found["rect"]); got != bars+len(Names()) {
		t.Errorf("%d rectangles, want %d bars and %d in the legend", got, bars, len(Names()))
	}
	for _, part := range []string{"channel with 4096 bytes: 12.0 ns", "ring with 64 bytes, busy: round trip 200 ns"} {
		if desc := strings.Join(found["desc"], ""); !strings.Contains(desc, part) {
			t.Errorf("the description lacks %q: %s", part, desc)
		}
	}
	all := strings.Join(found["text"], "\n")
	for _, part := range append(Names(), "65536 B", "64 B, busy", "10 µs", `<script>"&'`) {
		if !strings.Contains(all, part) {
			t.Errorf("no text %q in\n%s", part, all)
		}
	}
	if style := strings.Join(found["style"], ""); !strings.Contains(style, "prefers-color-scheme:dark") || !strings.Contains(style, "currentColor") {
		t.Errorf("nothing for a dark ground: %s", style)
	}
}

func TestSVGOfNothing(t *testing.T) {
	found := elements(t, &Result{})
	if all := strings.Join(found["text"], "\n"); strings.Count(all, "not measured") != 2 {
		t.Errorf("two empty charts do not say so:\n%s", all)
	}
}
