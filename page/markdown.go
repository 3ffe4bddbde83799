package page

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"killpoint/harness/report"
)

// WriteMarkdown writes what a CI job's summary needs: the counts, what is wrong
// and the command that repeats it, and a line for each other part. Such
// summaries are cut off when they are long, so the worst comes first and lists
// are short.
func (r *Report) WriteMarkdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	if len(r.Runs) == 0 {
		fmt.Fprint(b, "# Crash matrix: not run\n\n")
	} else {
		r.Runs[0].markdown(b)
		if all := changes(r.Runs); len(all) > 0 {
			fmt.Fprintf(b, "## Changed since earlier runs\n\n| cell | now | before |\n| --- | --- | --- |\n")
			for _, c := range all[:min(most, len(all))] {
				fmt.Fprintf(b, "| %s | %s | %s |\n", code(c.ID), orDash(c.Verdicts[0]), orDash(strings.Join(c.Verdicts[1:], ", ")))
			}
			if len(all) > most {
				fmt.Fprintf(b, "\n… and %s\n", counted(len(all)-most, "more cell"))
			}
			fmt.Fprintln(b)
		}
	}
	fmt.Fprint(b, "## Other parts\n\n| part | |\n| --- | --- |\n")
	fmt.Fprintf(b, "| every state | %s |\n| planted bugs | %s |\n| speed | %s |\n", r.exploreInShort(), r.mutantsInShort(), r.speedInShort())
	return b.Flush()
}

// most is how many entries a list of the summary has.
const most = 30

func (r Run) markdown(w io.Writer) {
	verdict := r.verdict()
	fmt.Fprintf(w, "# %s Crash matrix: %s\n\n%s, seed %d, %s, %s\n\n", signs[verdict], verdict, escape(r.Summary()), r.Seed, escape(r.Go), escape(r.Kernel))
	for _, s := range r.Missing {
		fmt.Fprintf(w, "- **shard %s is missing**\n", s)
	}
	for _, id := range r.Doubled {
		fmt.Fprintf(w, "- %s is there more than once\n", code(id))
	}
	bad := faults(notPassed(r))
	if len(bad) == 0 {
		return
	}
	fmt.Fprint(w, "## Not passed\n\n")
	for i, f := range bad {
		if i == most {
			fmt.Fprintf(w, "… and %s\n\n", counted(len(bad)-most, "more reason"))
			break
		}
		fmt.Fprintf(w, "%s **%s**, %s:\n\n%s\n\n", f.Cells[0].Sign, f.Cells[0].Verdict, counted(len(f.Cells), "cell"), quoted(f.Detail))
		for n, c := range f.Cells {
			if n == 3 {
				fmt.Fprintf(w, "- … and %d more\n", len(f.Cells)-n)
				break
			}
			line := code(c.ID)
			if r.Repeat != "" {
				line += ", again: " + code(strings.ReplaceAll(r.Repeat, "{id}", c.ID))
			}
			fmt.Fprintf(w, "- %s\n", line)
		}
		fmt.Fprintln(w)
	}
}

func (r *Report) exploreInShort() string {
	if r.Explore == nil {
		return "not run"
	}
	states, kills, bad := 0, 0, 0
	for _, o := range r.Explore.Operations {
		states, kills, bad = states+o.States, kills+o.Kills, bad+o.Violations.N+o.Unnamed.N
	}
	return fmt.Sprintf("%s %s, %d states, %d kills, %d violations or unnamed states",
		mark(bad == 0 && len(r.Explore.Operations) > 0), counted(len(r.Explore.Operations), "operation"), states, kills, bad)
}

func (r *Report) mutantsInShort() string {
	if !r.MutantsRun {
		return "not run"
	}
	caught := 0
	for _, m := range r.Mutants {
		if m.Caught() {
			caught++
		}
	}
	return fmt.Sprintf("%s %d of %d caught", mark(caught == len(r.Mutants) && caught > 0), caught, len(r.Mutants))
}

func (r *Report) speedInShort() string {
	if r.Bench == nil {
		return "not measured"
	}
	verdicts := map[string]int{}
	for _, t := range r.Bench.Targets {
		verdicts[t.Verdict]++
	}
	return fmt.Sprintf("%d targets met, %d missed, %d not measured", verdicts["met"], verdicts["missed"], verdicts["not measured"])
}

func mark(good bool) string {
	if good {
		return signs[report.Pass]
	}
	return signs[report.Fail]
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// escape keeps text from being markup.
func escape(s string) string {
	return strings.NewReplacer("\\", "\\\\", "<", "&lt;", "&", "&amp;", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "\n", " ").Replace(s)
}

// code is text as it is, in one line; quoted is a block of it.
func code(s string) string {
	return "`" + strings.NewReplacer("`", "'", "\n", " ", "|", "\\|").Replace(s) + "`"
}

func quoted(s string) string {
	return "```\n" + strings.ReplaceAll(s, "```", "'''") + "\n```"
}
