package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteTable writes all figures for people.
func (r *Result) WriteTable(w io.Writer) error {
	e := r.Environment
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s, %d processors, %s, %s, GOMAXPROCS %d\n", e.CPU, e.CPUs, e.Kernel, e.Go, e.GOMAXPROCS)
	fmt.Fprintf(t, "ring of %d MiB in %s, medians of %d rounds, load %.2f at begin, %.2f at end, %.0f s\n",
		e.Capacity>>20, e.Dir, e.Rounds, e.LoadBegin, e.LoadEnd, e.Wall)
	for _, n := range r.Notes {
		fmt.Fprintf(t, "note: %s\n", n)
	}
	r.throughputTable(t)
	r.latencyTable(t)
	r.syscallTable(t)
	r.targetTable(t)
	return t.Flush()
}

// The sections end with an empty line, which has no columns and so keeps those
// of one section apart from the next one's.

func (r *Result) throughputTable(t io.Writer) {
	fmt.Fprintln(t, "\nThroughput: ns a message, one way")
	fmt.Fprintln(t, "SIZE\tIMPL\tMEDIAN\tMIN\tMAX\tGiB/s\t× PIPE\tMEMCPY ×\tMESSAGES\tALLOCS/MSG\tSWITCHES/MSG\t")
	size := 0
	for _, row := range r.Rows {
		if size != 0 && row.Size != size {
			fmt.Fprintln(t, strings.Repeat("\t", 11))
		}
		size = row.Size
		c := r.cost(row.Impl, row.Size)
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%.4f\t%.4f\t\n", row.Size, row.Impl,
			digits(row.Time.Median), digits(row.Time.Min), digits(row.Time.Max), digits(row.Rate),
			maybe(row.RatioToPipe), maybe(row.RatioToMemcpy), c.Messages, c.Allocs, c.Switches)
	}
}

func (r *Result) latencyTable(t io.Writer) {
	fmt.Fprintf(t, "\nRound trips: ns, each with one look at the clock of %.0f ns\n", r.Environment.Clock)
	fmt.Fprintln(t, "LOAD\tSIZE\tIMPL\tp50\tMIN\tMAX\tp99\tMIN\tMAX\tp99.9\tMIN\tMAX\tTRIPS/ROUND\t")
	for _, l := range r.Latency {
		fmt.Fprintf(t, "%s\t%d\t%s", l.Load, l.Size, l.Impl)
		for _, s := range []Spread{l.P50, l.P99, l.P999} {
			fmt.Fprintf(t, "\t%s\t%s\t%s", digits(s.Median), digits(s.Min), digits(s.Max))
		}
		fmt.Fprintf(t, "\t%d\t\n", l.Trips)
	}
}

func (r *Result) syscallTable(t io.Writer) {
	fmt.Fprintln(t, "\nSystem calls of both processes, counted by a tracer in a run of its own")
	if len(r.Syscalls) == 0 {
		fmt.Fprintln(t, "none counted")
		return
	}
	fmt.Fprintln(t, "SIZE\tIMPL\tMESSAGES\tCALLS/MSG\t")
	for _, s := range r.Syscalls {
		fmt.Fprintf(t, "%d\t%s\t%d\t%.5f\t  %s\n", s.Size, s.Impl, s.Messages, s.PerMessage, commonest(s.ByName))
	}
}

func (r *Result) targetTable(t io.Writer) {
	fmt.Fprintln(t, "\nTargets")
	for _, c := range r.Targets {
		fmt.Fprintf(t, "%s\t  measured %s,\t  %s:\t  %s\n", strings.ToUpper(c.Verdict), maybe(c.Measured), c.Want, c.Target)
	}
	fmt.Fprintln(t, "Not measured: the ring against an earlier one written in Rust, which is not part of this module.")
}

// commonest names the calls that were made most often.
func commonest(calls map[string]uint64) string {
	const shown = 4
	names := slices.SortedFunc(maps.Keys(calls), func(a, b string) int {
		if calls[a] != calls[b] {
			return int(calls[b]) - int(calls[a])
		}
		return strings.Compare(a, b)
	})
	var text []string
	for _, name := range names[:min(shown, len(names))] {
		text = append(text, fmt.Sprintf("%d %s", calls[name], name))
	}
	return strings.Join(text, ", ")
}

// digits writes a figure with three digits, or as a whole number.
func digits(f float64) string {
	switch {
	case f >= 100 || f == 0:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	case f >= 1:
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.3g", f)
}

func maybe(f *float64) string {
	if f == nil {
		return "-"
	}
	return digits(*f)
}
