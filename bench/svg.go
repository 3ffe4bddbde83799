package bench

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// colours of the implementations: a family has one hue. They can be told from
// one another, and from the ground, on white as on black.
var colours = map[string]string{
	"ring": "#1f6feb", "ring-batch": "#54a0ff", "ring-zerocopy": "#0b8f9c",
	"pipe": "#d9730d", "pipe-buffered": "#f0a35e",
	"socket": "#b5446e", "socket-buffered": "#e084a6",
	"channel": "#7d5bd0",
	"memcpy":  "#6e7781", "memcpy-shared": "#9aa4ae",
}

// Measures of the drawing, in its units.
const (
	drawingWidth = 960
	marginLeft   = 70
	marginRight  = 16
	panelHeight  = 300
	panelGap     = 86 // title above, labels below
	legendTop    = 50
	legendRow    = 20
	legendColumn = 178
)

// A panel is a chart of bars on a logarithmic scale.
type panel struct {
	title  string
	groups []group
}

type group struct {
	label string
	bars  []bar
}

// bar reaches up to value; a thin line runs from low to high.
type bar struct {
	impl             string
	value, low, high float64
	says             string // what a reader or a screen reader is told
}

// WriteSVG draws throughput and latency. The drawing brings its own colours for
// a dark ground, and no ground.
func (r *Result) WriteSVG(w io.Writer) error {
	panels := []panel{r.throughputPanel(), r.latencyPanel()}
	legend := r.implsShown()
	const perRow = (drawingWidth - marginLeft) / legendColumn
	top := legendTop + (len(legend)+perRow-1)/perRow*legendRow
	height := top + len(panels)*(panelHeight+panelGap)
	d := new(drawing)
	d.put(`<svg xmlns="http://www.w3.org/2000/svg" class="killpoint-bench" viewBox="0 0 %d %d" role="img" aria-labelledby="bench-title bench-desc">`, drawingWidth, height)
	d.put(`<title id="bench-title">Passing messages between two processes</title>`)
	d.put(`<desc id="bench-desc">%s</desc>`, html.EscapeString(r.description()))
	d.put(`<style>.killpoint-bench{color:#1f2328;font:12px system-ui,sans-serif}` +
		`@media (prefers-color-scheme:dark){.killpoint-bench{color:#e6edf3}}` +
		`.killpoint-bench text{fill:currentColor}.killpoint-bench .grid{stroke:currentColor;opacity:.18}` +
		`.killpoint-bench .range{stroke:currentColor;opacity:.8}</style>`)
	d.put(`<text x="%d" y="22" font-size="16" font-weight="600">Passing messages between two processes</text>`, marginLeft)
	e := r.Environment
	d.text(marginLeft, 40, "start", fmt.Sprintf("%s, %s, %s, medians of %d rounds", e.CPU, e.Kernel, e.Go, e.Rounds))
	for n, name := range legend {
		x, y := marginLeft+n%perRow*legendColumn, legendTop+n/perRow*legendRow
		d.put(`<rect x="%d" y="%d" width="12" height="12" rx="2" fill="%s"/>`, x, y, colours[name])
		d.text(float64(x)+18, float64(y)+10, "start", name)
	}
	for n, p := range panels {
		d.panel(p, float64(top+n*(panelHeight+panelGap)+40))
	}
	d.put(`</svg>`)
	_, err := io.WriteString(w, d.String())
	return err
}

func (r *Result) description() string {
	var text []string
	for _, row := range r.Rows {
		text = append(text, fmt.Sprintf("%s with %d bytes: %s ns a message", row.Impl, row.Size, digits(row.Time.Median)))
	}
	for _, l := range r.Latency {
		text = append(text, fmt.Sprintf("%s with %d bytes, %s: round trip %s ns at the median", l.Impl, l.Size, l.Load, digits(l.P50.Median)))
	}
	return strings.Join(text, "; ") + "."
}

func (r *Result) implsShown() (names []string) {
	for _, i := range impls {
		for _, row := range r.Rows {
			if row.Impl == i.Name {
				names = append(names, i.Name)
				break
			}
		}
	}
	return names
}

func (r *Result) throughputPanel() panel {
	p := panel{title: "One way: time a message, by size; the line is least to greatest"}
	for _, row := range r.Rows {
		b := bar{row.Impl, row.Time.Median, row.Time.Min, row.Time.Max,
			fmt.Sprintf("%s, %d B: %s ns a message (%s to %s), %s GiB/s", row.Impl, row.Size,
				digits(row.Time.Median), digits(row.Time.Min), digits(row.Time.Max), digits(row.Rate))}
		p.add(fmt.Sprintf("%d B", row.Size), b)
	}
	return p
}

func (r *Result) latencyPanel() panel {
	p := panel{title: "Round trip, by size and load: the bar is p50, the line reaches to p99.9"}
	for _, l := range r.Latency {
		b := bar{l.Impl, l.P50.Median, l.P50.Median, l.P999.Median,
			fmt.Sprintf("%s, %d B, %s: p50 %s ns, p99 %s ns, p99.9 %s ns", l.Impl, l.Size, l.Load,
				digits(l.P50.Median), digits(l.P99.Median), digits(l.P999.Median))}
		p.add(fmt.Sprintf("%d B, %s", l.Size, l.Load), b)
	}
	return p
}

// add puts a bar into the group with that label, the last one or a new one.
func (p *panel) add(label string, b bar) {
	if n := len(p.groups); n == 0 || p.groups[n-1].label != label {
		p.groups = append(p.groups, group{label: label})
	}
	g := &p.groups[len(p.groups)-1]
	g.bars = append(g.bars, b)
}

// decades are the powers of ten that hold all that the panel shows.
func (p panel) decades() (low, high int) {
	least, most := math.Inf(1), math.Inf(-1)
	for _, g := range p.groups {
		for _, b := range g.bars {
			least, most = min(least, b.low, b.value), max(most, b.high, b.value)
		}
	}
	if !(least > 0) || math.IsInf(most, 0) {
		return 0, 1
	}
	low, high = int(math.Floor(math.Log10(least))), int(math.Ceil(math.Log10(most)))
	return low, max(high, low+1)
}

// drawing is the text of an SVG.
type drawing struct{ strings.Builder }

// put adds a line. What comes from outside must be escaped.
func (d *drawing) put(format string, args ...any) {
	if len(args) == 0 {
		d.WriteString(format)
	} else {
		fmt.Fprintf(d, format, args...)
	}
	d.WriteByte('\n')
}

func (d *drawing) text(x, y float64, anchor, text string) {
	d.put(`<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, y, anchor, html.EscapeString(text))
}

// panel draws a chart whose bars begin at top.
func (d *drawing) panel(p panel, top float64) {
	const width = float64(drawingWidth - marginLeft - marginRight)
	low, high := p.decades()
	level := func(value float64) float64 {
		part := (math.Log10(value) - float64(low)) / float64(high-low)
		return top + panelHeight*(1-min(max(part, 0), 1))
	}
	d.put(`<text x="%d" y="%.1f" font-weight="600">%s</text>`, marginLeft, top-18, html.EscapeString(p.title))
	for decade := low; decade <= high; decade++ {
		y := level(math.Pow10(decade))
		d.put(`<line class="grid" x1="%d" y1="%.1f" x2="%.1f" y2="%.1f"/>`, marginLeft, y, marginLeft+width, y)
		d.text(marginLeft-8, y+4, "end", powerOfTen(decade))
	}
	if len(p.groups) == 0 {
		d.text(marginLeft+width/2, top+panelHeight/2, "middle", "not measured")
		return
	}
	each := width / float64(len(p.groups))
	for n, g := range p.groups {
		left := marginLeft + float64(n)*each
		d.text(left+each/2, top+panelHeight+20, "middle", g.label)
		step := each * 0.88 / float64(len(g.bars))
		for m, b := range g.bars {
			x, y := left+each*0.06+float64(m)*step, level(b.value)
			d.put(`<g><title>%s</title>`, html.EscapeString(b.says))
			d.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`,
				x, y, min(step*0.86, 40), max(top+panelHeight-y, 1), colours[b.impl])
			middle := x + min(step*0.86, 40)/2
			d.put(`<line class="range" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/></g>`, middle, level(b.low), middle, level(b.high))
		}
	}
}

// powerOfTen writes a number of ns as people read it.
func powerOfTen(decade int) string {
	switch {
	case decade < 0:
		return fmt.Sprintf("%g ns", math.Pow10(decade))
	case decade < 3:
		return fmt.Sprintf("%.0f ns", math.Pow10(decade))
	case decade < 6:
		return fmt.Sprintf("%.0f µs", math.Pow10(decade-3))
	case decade < 9:
		return fmt.Sprintf("%.0f ms", math.Pow10(decade-6))
	}
	return fmt.Sprintf("%.0f s", math.Pow10(decade-9))
}
