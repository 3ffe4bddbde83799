package page

import (
	"fmt"
	"html/template"
	"strings"
)

// trend draws the runs as columns, the latest to the right: how long each took,
// and how many of its cells did not pass. One run has no trend.
func trend(runs []Run) template.HTML {
	if len(runs) < 2 {
		return ""
	}
	const column, tall, top, left = 26, 70, 16, 4
	longest := 0.0
	for _, r := range runs {
		longest = max(longest, r.Wall)
	}
	width := len(runs)*column + 2*left
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="trend" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Time of %d runs, the latest to the right; the table below has the same">`,
		width, tall+top+16, width, tall+top+16, len(runs))
	for i := range runs {
		r := runs[len(runs)-1-i]
		_, fail, unknown := r.Counts()
		x := left + i*column
		height := 1.0
		if longest > 0 {
			height = max(r.Wall/longest*tall, 1)
		}
		fmt.Fprintf(&b, `<g><title>%s: %s, %d not passed</title><rect class="bar %s" x="%d" y="%.1f" width="%d" height="%.1f"/>`,
			when(r), seconds(r.Wall), fail+unknown, r.verdict(), x+2, top+tall-height, column-4, height)
		fmt.Fprintf(&b, `<text class="body" x="%d" y="%d">%s</text></g>`, x+column/2, top+tall+13, marked(r, fail+unknown))
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// marked is the sign below a run's column.
func marked(r Run, bad int) string {
	if bad == 0 {
		return signs[r.verdict()]
	}
	return fmt.Sprintf("%s%d", signs[r.verdict()], bad)
}
