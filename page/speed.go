package page

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"killpoint/bench"
)

// speed is a result of the benchmark as tables: a line for each implementation,
// a column for each size.
type speed struct {
	*bench.Result
	Sizes []int
	Lines []speedLine
	Chart template.HTML // the SVG that the benchmark draws of itself
}

type speedLine struct {
	Impl string
	Rows []*bench.Row // one a size, nil where not measured
}

func newSpeed(r *bench.Result) (*speed, error) {
	var drawing strings.Builder
	if err := r.WriteSVG(&drawing); err != nil {
		return nil, err
	}
	s := &speed{Result: r, Chart: template.HTML(drawing.String())}
	for _, row := range r.Rows {
		if !slices.Contains(s.Sizes, row.Size) {
			s.Sizes = append(s.Sizes, row.Size)
		}
	}
	slices.Sort(s.Sizes)
	for i := range r.Rows {
		row := &r.Rows[i]
		at := slices.IndexFunc(s.Lines, func(l speedLine) bool { return l.Impl == row.Impl })
		if at < 0 {
			at, s.Lines = len(s.Lines), append(s.Lines, speedLine{row.Impl, make([]*bench.Row, len(s.Sizes))})
		}
		s.Lines[at].Rows[slices.Index(s.Sizes, row.Size)] = row
	}
	return s, nil
}

// nanoseconds writes a time as people read it.
func nanoseconds(ns float64) string {
	switch {
	case ns < 10:
		return fmt.Sprintf("%.1f ns", ns)
	case ns < 1000:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	}
	return fmt.Sprintf("%.1f ms", ns/1e6)
}

// ratio writes how many times; nil is not known.
func ratio(r *float64) string {
	switch {
	case r == nil:
		return "–"
	case *r < 10:
		return fmt.Sprintf("%.2f×", *r)
	}
	return fmt.Sprintf("%.0f×", *r)
}
