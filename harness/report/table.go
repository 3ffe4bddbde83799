package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteTable writes one line a cell, and what is wrong below the cells that did
// not pass.
func (m Matrix) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SITE\tMODE\tPOLL\tOUTCOME\tVERDICT\tTIME")
	for _, r := range m.Cells {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%.1f ms\n", r.name(), dash(r.Mode), dash(r.Poll), dash(r.Outcome), r.Verdict, r.Duration)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range m.Cells {
		if r.Verdict != Pass {
			if _, err := fmt.Fprintf(w, "\n%s: %s\n\t%s\n", r.ID, r.Verdict, strings.ReplaceAll(r.Detail, "\n", "\n\t")); err != nil {
				return err
			}
		}
	}
	return nil
}

// name is the row's id without what the other columns say.
func (r Row) name() string {
	name := r.ID
	for _, word := range []string{"/poll-" + r.Poll, "/" + r.Mode} {
		name = strings.TrimSuffix(name, word)
	}
	if late, ok := strings.CutSuffix(name, "/late"); ok {
		name = strings.TrimSuffix(late, "/"+r.Mode) + " (late peer)"
	}
	return name
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
