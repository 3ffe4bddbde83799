package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"killpoint/ring"
	"killpoint/scenarios"
)

// describe shows all there is to see of one cell.
func describe(w io.Writer, r scenarios.Result) {
	fmt.Fprintf(w, "cell %s\n", r.Cell.ID)
	fmt.Fprintf(w, "\ntimeline, all processes on one clock\n%s", r.Evidence.Timeline)
	for _, image := range r.Evidence.Images() {
		fmt.Fprintf(w, "\nring %s\n%s", image.When, ring.Decode(image.Bytes))
	}
	for _, c := range r.Evidence.Children {
		fmt.Fprintf(w, "\n%s, %s: %s was told\n", c.Name, c.Exit, relative(c.Program))
		for line := range bytes.Lines(c.Commands) {
			fmt.Fprintf(w, "  %s", line)
		}
	}
	fmt.Fprintln(w, "\nfacts")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  FACT\tSEEN\tEXPECTED")
	for _, f := range r.Row().Evidence.Facts {
		seen, want := "(not seen)", "(nothing)"
		if f.Seen != nil {
			seen = *f.Seen
		}
		if f.Want != nil {
			want = *f.Want
		}
		mark := ""
		if !f.Right() {
			mark = "\t<-- WRONG"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s%s\n", f.Name, seen, want, mark)
	}
	t.Flush()
	for _, d := range r.Detail {
		fmt.Fprintln(w, "  WRONG "+strings.ReplaceAll(d, "\n", "\n  "))
	}
	fmt.Fprintf(w, "\noutcome %s, verdict %s, %.1f ms\n", r.Outcome, r.Verdict, float64(r.Duration.Microseconds())/1000)
}

// keep says what was kept and how to go on by hand.
func keep(w io.Writer, r scenarios.Result, folder string) {
	shown := shellPath(folder)
	fmt.Fprintf(w, "\nkept in %s: ring, timeline.jsonl, images (*.image), each child's commands (*.commands)\n", shown)
	in := func(name string) string { return shellPath(filepath.Join(folder, name)) }
	fmt.Fprintf(w, "  %s\n  %s\n", commandLine("inspect", in("ring")), commandLine("repro", shown))
	restore := shellLine("cp", in(scenarios.BeforeImage), in("ring"))
	if r.Evidence.Before == nil {
		restore = shellLine("rm", "-f", in("ring"))
	}
	for _, c := range r.Evidence.Children {
		fmt.Fprintf(w, "\n%s (%s)\n", c.Name, c.Exit)
		if c.Name == "victim" {
			fmt.Fprintf(w, "  %s\n", restore)
		}
		fmt.Fprintf(w, "  %s\n", shellLine(shellPath(c.Program), "replay", in(c.CommandsFile())))
	}
}

// relative is the path as seen from here, if that is shorter.
func relative(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}
