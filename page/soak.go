package page

import (
	"fmt"
	"html/template"
	"strings"

	"killpoint/harness/report"
)

// course draws the kills of a soak over time.
func course(points []report.SoakPoint) template.HTML {
	if len(points) < 2 {
		return ""
	}
	const wide, tall, top = 600.0, 90.0, 16.0
	last := points[len(points)-1]
	if last.Seconds <= 0 || last.Kills <= 0 {
		return ""
	}
	var line strings.Builder
	for _, p := range points {
		fmt.Fprintf(&line, "%.1f,%.1f ", p.Seconds/last.Seconds*wide, top+tall*(1-float64(p.Kills)/float64(last.Kills)))
	}
	return template.HTML(fmt.Sprintf(`<svg class="course" viewBox="0 0 %.0f %.0f" role="img" aria-label="Kills over time: %d after %.0f s"><title>%d kills in %.0f s</title><polyline points="0,%.0f %s"/><text x="2" y="12">%d kills</text><text x="%.0f" y="12" text-anchor="end">%.0f s</text></svg>`,
		wide, top+tall+4, last.Kills, last.Seconds, last.Kills, last.Seconds, top+tall, strings.TrimSpace(line.String()), last.Kills, wide-2, last.Seconds))
}
