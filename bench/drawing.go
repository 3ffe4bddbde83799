package bench

import (
	"fmt"
	"html"
	"math"
	"strings"
)

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
