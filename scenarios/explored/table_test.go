//go:build linux && amd64

package explored_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"killpoint/harness"
	"killpoint/harness/explore"
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

// TestEnginesAgree: both engines see the same states of every operation, at the
// same lines.
func TestEnginesAgree(t *testing.T) {
	dir := t.TempDir()
	program := build(t, dir, harness.Build{})
	for _, o := range explored.Operations() {
		fast, simple := trace(t, o, program, explore.Mprotect, dir), trace(t, o, program, explore.SingleStep, dir)
		for _, d := range fast.Diff(simple) {
			t.Errorf("%s: %s", o.Name, d)
		}
	}
}

// TestOtherBuildsAreSound: every build has its own states, and all are judged.
// Those of the production build are among them: where nothing stands between two
// stores of one word, its compiler may leave the first out, and no more.
func TestOtherBuildsAreSound(t *testing.T) {
	dir := t.TempDir()
	plain := build(t, dir, harness.Build{})
	for name, b := range map[string]harness.Build{
		"instrumented": {Tags: []string{"failpoint"}, Instrument: []string{"killpoint/ring"}},
		"race":         {Race: true, Tags: []string{"race"}},
	} {
		program := build(t, dir, b)
		for _, o := range explored.Operations() {
			r, err := explored.Run(context.Background(), o, explored.Programs{Plain: program}, dir)
			if err != nil {
				t.Errorf("%s, %s: %v", o.Name, name, err)
				continue
			}
			for _, v := range r.Violations {
				t.Errorf("%s, %s: %s", o.Name, name, v)
			}
			got := canonical(r.Trace)
			for _, h := range canonical(trace(t, o, plain, explore.Mprotect, dir)) {
				if !slices.Contains(got, h) {
					t.Errorf("%s, %s: canonical state %s of the production build is missing", o.Name, name, h)
				}
			}
		}
	}
}

func trace(t *testing.T, o explored.Operation, program string, engine explore.Engine, dir string) *explore.Trace {
	t.Helper()
	tr, err := explored.Trace(context.Background(), o, program, engine, dir)
	if err != nil {
		t.Fatalf("%s: %v", o.Name, err)
	}
	return tr
}

// canonical lists the canonical states in their order, each once.
func canonical(tr *explore.Trace) (list []string) {
	for _, s := range tr.States {
		if h := s.Canonical.String(); len(list) == 0 || list[len(list)-1] != h {
			list = append(list, h)
		}
	}
	return list
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
