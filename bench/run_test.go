package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestQuickRunMeasuresEverything takes every implementation at every size
// through processes of its own.
func TestQuickRunMeasuresEverything(t *testing.T) {
	plan := quickPlan(t)
	r, err := Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	leavesNothing(t, plan.Dir)
	if len(r.Notes) > 0 {
		t.Errorf("something could not be done: %q", r.Notes)
	}
	if got, want := len(r.Rows), len(Names())*len(Sizes()); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	for _, name := range Names() {
		for _, size := range Sizes() {
			row, cost := r.row(name, size), r.cost(name, size)
			if row == nil || cost == nil {
				t.Errorf("nothing of %s with %d bytes", name, size)
				continue
			}
			if s := row.Time; !(0 < s.Min && s.Min <= s.Median && s.Median <= s.Max) || row.Rate <= 0 || row.RatioToPipe == nil || row.RatioToMemcpy == nil {
				t.Errorf("%+v", row)
			}
			if cost.Messages == 0 {
				t.Errorf("%+v", cost)
			}
		}
	}
	for _, name := range []string{"ring", "pipe", "socket", "channel"} {
		for _, size := range tripSizes {
			for _, load := range []string{Quiet, Busy} {
				l := r.latency(name, size, load)
				if l == nil || l.Trips == 0 || !(0 < l.P50.Median && l.P50.Median <= l.P99.Median && l.P99.Median <= l.P999.Median) {
					t.Errorf("latency of %s, %d bytes, %s: %+v", name, size, load, l)
				}
			}
		}
	}
	for _, name := range []string{"ring", "ring-batch", "ring-zerocopy", "pipe-buffered", "socket-buffered"} {
		if r.syscalls(name) == nil {
			t.Errorf("system calls of %s were not counted", name)
		}
	}
	for _, name := range []string{"pipe", "socket"} { // a write and a read each
		if s := r.syscalls(name); s == nil || s.ByName["write"] < s.Messages || s.ByName["read"] < s.Messages || s.PerMessage < 2 {
			t.Errorf("system calls of %s: %+v", name, s)
		}
	}
}

// TestJSONKeepsItsForm: others read it.
func TestJSONKeepsItsForm(t *testing.T) {
	plan := quickPlan(t)
	plan.Impls, plan.Sizes = []string{"ring", "memcpy"}, []int{8}
	r, err := Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text.String()), &all); err != nil {
		t.Fatal(err)
	}
	var rows, latency []map[string]any
	for key, into := range map[string]*[]map[string]any{"rows": &rows, "latency": &latency} {
		if err := json.Unmarshal(all[key], into); err != nil || len(*into) == 0 {
			t.Fatalf("%s: %v, %s", key, err, all[key])
		}
	}
	for _, row := range []struct {
		what string
		got  []string
		want string
	}{
		{"the whole", slices.Sorted(maps.Keys(all)), "costs environment latency notes rows syscalls targets"},
		{"a row", slices.Sorted(maps.Keys(rows[0])), "gib_s impl ns_per_msg ratio_to_memcpy ratio_to_pipe size"},
		{"its time", slices.Sorted(maps.Keys(rows[0]["ns_per_msg"].(map[string]any))), "max median min"},
		{"a latency", slices.Sorted(maps.Keys(latency[0])), "impl load p50_ns p99_9_ns p99_ns round_trips size"},
	} {
		if got := strings.Join(row.got, " "); got != row.want {
			t.Errorf("%s has keys %s, want %s", row.what, got, row.want)
		}
	}
	if rows[0]["ratio_to_pipe"] != nil {
		t.Errorf("a ratio to what was not measured: %v", rows[0]["ratio_to_pipe"])
	}
}

// TestMessageThatIsMissingFailsTheRun: the writer leaves one out in its midst.
func TestMessageThatIsMissingFailsTheRun(t *testing.T) {
	for _, i := range impls {
		if i.alone {
			continue
		}
		t.Run(i.Name, func(t *testing.T) {
			plan := quickPlan(t)
			plan.Impls, plan.Sizes, plan.skip = []string{i.Name}, []int{64}, 123
			r, err := Run(t.Context(), plan)
			if err == nil {
				t.Fatalf("no error, but %+v", r.Rows)
			}
			for _, part := range []string{i.Name + ", 64 bytes", "in place of message 123 came one with id 124"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			leavesNothing(t, plan.Dir)
		})
	}
}

// TestDeathOfAChildEndsTheRun kills one end while both pass messages for ever.
func TestDeathOfAChildEndsTheRun(t *testing.T) {
	for _, name := range Names() {
		for _, victim := range []role{writer, reader} {
			i, err := findImpl(name)
			if err != nil {
				t.Fatal(err)
			}
			if i.single && victim == reader {
				continue
			}
			t.Run(fmt.Sprint(name, "/", victim), func(t *testing.T) {
				dir := t.TempDir()
				c, err := newCourse(t.Context(), []string{os.Args[0], childArg}, dir, os.Stderr)
				if err != nil {
					t.Fatal(err)
				}
				c.began = func(all []*process) {
					for _, p := range all {
						if p.role == victim {
							if err := unix.Kill(p.cmd.Process.Pid, unix.SIGKILL); err != nil {
								t.Error(err)
							}
						}
					}
				}
				_, err = c.pass(t.Context(), i, job{Impl: name, Size: 64, Count: 1 << 60})
				if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%s (process ", victim)) || !strings.Contains(err.Error(), "died: signal: killed") {
					t.Errorf("the error is %v", err)
				}
				if err := c.end(); err != nil {
					t.Error(err)
				}
				leavesNothing(t, dir)
			})
		}
	}
}

// TestEndOfTheContextEndsTheRun: children that would pass messages for ever are
// gone with it.
func TestEndOfTheContextEndsTheRun(t *testing.T) {
	plan := quickPlan(t)
	plan.Rounds = 1 << 30
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plan.began = func([]*process) { cancel() }
	if _, err := Run(ctx, plan); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	leavesNothing(t, plan.Dir)
}

// TestTracerThatCannotIsNoted: the rest of the result is there.
func TestTracerThatCannotIsNoted(t *testing.T) {
	plan := quickPlan(t)
	plan.Impls, plan.Sizes, plan.tracees = []string{"ring"}, []int{64}, []int{1 << 30}
	r, err := Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "System calls were not counted: the tracer failed: process 1073741824") {
		t.Errorf("notes: %q", r.Notes)
	}
	if len(r.Syscalls) > 0 || r.row("ring", 64) == nil {
		t.Errorf("%+v", r)
	}
	var table strings.Builder
	if err := r.WriteTable(&table); err != nil || !strings.Contains(table.String(), "note: System calls were not counted") {
		t.Errorf("%v, %s", err, table.String())
	}
	leavesNothing(t, plan.Dir)
}

func TestFolderInMemoryThatIsMissingIsNoted(t *testing.T) {
	var s session
	if err := s.chooseDir("/no/such/folder"); err != nil {
		t.Fatal(err)
	}
	if s.Dir != os.TempDir() || len(s.result.Notes) != 1 || !strings.Contains(s.result.Notes[0], "no /no/such/folder here") {
		t.Errorf("folder %s, notes %q", s.Dir, s.result.Notes)
	}
}

func TestPlanIsRefused(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Plan)
		want   string
	}{
		{"no child", func(p *Plan) { p.Child = nil }, "no command line"},
		{"unknown implementation", func(p *Plan) { p.Impls = []string{"rings"} }, `no implementation "rings"; there are ring, `},
		{"size too small for an id", func(p *Plan) { p.Sizes = []int{7} }, "7 bytes: 8 to 1048576"},
		{"size too large", func(p *Plan) { p.Sizes = []int{1<<20 + 1} }, "1048577 bytes"},
		{"rounds", func(p *Plan) { p.Rounds = -1 }, "-1 rounds"},
		{"folder", func(p *Plan) { p.Dir = "/no/such/folder" }, "no such file"},
		{"program", func(p *Plan) { p.Child = []string{"/no/such/program"} }, "no such file"},
		{"program that does not answer", func(p *Plan) { p.Child = []string{"/bin/true"} }, "janitor (process "},
	} {
		t.Run(row.name, func(t *testing.T) {
			plan := quickPlan(t)
			row.change(&plan)
			if _, err := Run(t.Context(), plan); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("the error is %v, want one with %q", err, row.want)
			}
		})
	}
}
