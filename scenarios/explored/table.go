package explored

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteTable prints a row for each operation and build, and whatever is wrong.
func (r Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "OPERATION\tBUILD\tSTORES\tCALLS\tSTATES\tCANONICAL\tMOMENTS\tAT SITES\tLIKE\tUNNAMED\tKILLED\tBESIDE A PEER\tREPEATS\tEXPLORED\tTIME")
	kills, live, states := 0, 0, 0
	for _, o := range r.Operations {
		at, like := o.covered()
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t%v\n", o.Op, o.Build, o.Stores, o.Syscalls, o.States,
			o.Canonical, o.Moments, at, like, len(o.Unnamed), o.Kills, o.live(), o.Repeats,
			time.Duration(o.Explored).Round(10*time.Microsecond), time.Duration(o.Total).Round(time.Millisecond))
		kills, live, states = kills+o.Kills, live+o.live(), states+o.States
	}
	if err := t.Flush(); err != nil {
		return err
	}
	wrong := 0
	complain := func(format string, args ...any) {
		wrong++
		fmt.Fprintf(w, format+"\n", args...)
	}
	for _, o := range r.Operations {
		for _, v := range o.Violations {
			complain("%s, %s: %s", o.Op, o.Build, v)
		}
		for _, u := range o.Unnamed {
			complain("%s, %s: %s: no site, and no line of the catalogue", o.Op, o.Build, u)
		}
	}
	for _, u := range r.Uncalled {
		complain("catalogue of equivalents: %s", u)
	}
	if r.Recovery == nil {
		fmt.Fprintln(w, "death after death, and a peer in between: not run")
	} else {
		for _, v := range append(slices.Clone(r.Recovery.Violations), r.Interleavings.Violations...) {
			complain("%s", v)
		}
		fmt.Fprintf(w, "death after death: %d images, %d edges, %d rounds to the last new one, %d runs\n",
			r.Recovery.Images, r.Recovery.Edges, r.Recovery.Rounds, r.Recovery.Runs)
		fmt.Fprintf(w, "a peer in between: %d pairs of operations, %d runs\n", len(r.Interleavings.Pairs), r.Interleavings.Runs)
	}
	_, err := fmt.Fprintf(w, "%d operations on %d builds: %d states, %d real deaths, %d of them beside a live peer; %d complaints; %v\n",
		r.count(func(o Result) string { return o.Op }), r.count(func(o Result) string { return o.Build }),
		states, kills, live, wrong, time.Duration(r.Total).Round(100*time.Millisecond))
	return err
}

func (r Report) count(of func(Result) string) int {
	seen := map[string]bool{}
	for _, o := range r.Operations {
		seen[of(o)] = true
	}
	return len(seen)
}

// covered counts the moments at a site, and those that are like one.
func (r Result) covered() (at, like int) {
	for _, c := range r.Covers {
		switch {
		case len(c.Sites) > 0:
			at++
		case c.Near != "":
			like++
		}
	}
	return at, like
}

func (r Result) live() (n int) {
	for _, k := range r.Live {
		n += k
	}
	return n
}

// WriteStates prints every state of every operation, and what covers it.
func (r Report) WriteStates(w io.Writer) {
	for _, o := range r.Operations {
		fmt.Fprintf(w, "%s, %s:\n", o.Op, o.Build)
		covers := o.Covers
		for i := range o.Trace.States {
			s := &o.Trace.States[i]
			text := ""
			if len(covers) > 0 && covers[0].State == s.Ordinal {
				c := covers[0]
				covers = covers[1:]
				switch {
				case len(c.Sites) > 0:
					text = strings.Join(c.Sites, ", ")
				case c.Near != "":
					text = "like " + c.Near + ": " + c.Why
				default:
					text = "UNNAMED"
				}
			}
			at := ""
			if f, ok := s.In(theRing); ok {
				at = f.String()
			}
			what := string(s.Kind)
			if s.Syscall != nil {
				what += " " + s.Syscall.String()
			}
			fmt.Fprintf(w, "%4d  %.8s  %-28s %-40s %s\n", s.Ordinal, s.Canonical, what, at, text)
		}
	}
}
