//go:build linux && amd64

package explored_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"killpoint/harness"
	"killpoint/scenarios/explored"
)

func build(t testing.TB, dir string, b harness.Build) string {
	t.Helper()
	b.Package, b.Output = "killpoint/cmd/child", filepath.Join(dir, "child"+strings.Join(b.Tags, ""))
	p, err := b.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return p.Path
}

// TestOperations explores every operation of the table and prints what was
// found.
func TestOperations(t *testing.T) {
	dir := t.TempDir()
	p := explored.Programs{
		Plain:        build(t, dir, harness.Build{}),
		Instrumented: build(t, dir, harness.Build{Tags: []string{"failpoint"}, Instrument: []string{"killpoint/ring"}}),
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "OPERATION\tSTORES\tCALLS\tSTATES\tIMAGES\tCANONICAL\tKILLS\tSITES\tUNNAMED\tVIOLATIONS\tEXPLORED\tTOTAL")
	for _, o := range explored.Operations() {
		if only := os.Getenv("OP"); only != "" && only != o.Name {
			continue
		}
		r, err := explored.Run(context.Background(), o, p, dir)
		if err != nil {
			t.Error(err)
			continue
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t%v\n", r.Op, r.Stores, r.Syscalls, r.States, r.Images,
			r.Canonical, r.Kills, len(r.Sites), len(r.Unnamed), len(r.Violations),
			r.Explored.Round(10*time.Microsecond), r.Total.Round(time.Millisecond))
		for _, v := range r.Violations {
			t.Errorf("%s: %s", r.Op, v)
		}
		for _, u := range r.Unnamed {
			fmt.Fprintf(w, "  unnamed: %s\n", u)
		}
		if os.Getenv("OP") != "" {
			for i := range r.Trace.States {
				fmt.Println(&r.Trace.States[i])
			}
			fmt.Println(r.Sites)
		}
	}
	w.Flush()
	t.Log("\n" + table.String())
}
