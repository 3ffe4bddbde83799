package bench

import (
	"strings"
	"testing"
)

func TestTargetsAreJudgedByTheirBound(t *testing.T) {
	measured := func(f float64) figure { return func(*Result) *float64 { return &f } }
	for _, row := range []struct {
		name string
		target
		verdict string
	}{
		{"at least, reached", target{measure: measured(20), atLeast: 20}, Met},
		{"at least, not reached", target{measure: measured(19.99), atLeast: 20}, Missed},
		{"at most, reached", target{measure: measured(1.2), atMost: 1.2}, Met},
		{"at most, exceeded", target{measure: measured(1.21), atMost: 1.2}, Missed},
		{"none at all", target{measure: measured(0), atMost: none}, Met},
		{"not there", target{measure: func(*Result) *float64 { return nil }, atMost: none}, NotMeasured},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.check(&Result{}).Verdict; got != row.verdict {
				t.Errorf("%s, want %s", got, row.verdict)
			}
		})
	}
}

// TestTargetsReadTheRightFigures gives every figure a value of its own.
func TestTargetsReadTheRightFigures(t *testing.T) {
	r := Result{
		Rows: []Row{
			{Impl: "ring", Size: 64, Time: Spread{Median: 10}}, {Impl: "pipe", Size: 64, Time: Spread{Median: 300}},
			{Impl: "ring", Size: 4096, Time: Spread{Median: 60}}, {Impl: "memcpy", Size: 4096, Time: Spread{Median: 40}},
		},
		Latency: []Latency{
			{Impl: "ring", Size: 64, Load: Quiet, P50: Spread{Median: 1}}, {Impl: "socket", Size: 64, Load: Quiet, P50: Spread{Median: 25}},
			{Impl: "ring", Size: 64, Load: Busy, P50: Spread{Median: 5}}, {Impl: "socket", Size: 64, Load: Busy, P50: Spread{Median: 10}},
		},
		Costs:    []Cost{{Impl: "ring", Size: 64, Allocs: 2}},
		Syscalls: []Syscalls{{Impl: "ring", Size: 64, PerMessage: 0.0001}},
	}
	r.check()
	if len(r.Targets) != len(targets) {
		t.Fatalf("%d checks of %d targets", len(r.Targets), len(targets))
	}
	want := map[string]Check{
		"Push/Pop, 64 B: times as fast as an unbuffered pipe":          {Measured: new(float64), Verdict: Met},
		"Push/Pop, 4096 B: times the time of memcpy":                   {Measured: new(float64), Verdict: Missed},
		"round trip p50, 64 B, quiet: part of a Unix socket's":         {Measured: new(float64), Verdict: Met},
		"round trip p50, 64 B, one core busy: part of a Unix socket's": {Measured: new(float64), Verdict: Missed},
		"Push/Pop: system calls a message":                             {Measured: new(float64), Verdict: Met},
		"Push/Pop, 64 B: allocations a message":                        {Measured: new(float64), Verdict: Missed},
	}
	for name, value := range map[string]float64{
		"Push/Pop, 64 B: times as fast as an unbuffered pipe": 30, "Push/Pop, 4096 B: times the time of memcpy": 1.5,
		"round trip p50, 64 B, quiet: part of a Unix socket's": 0.04, "round trip p50, 64 B, one core busy: part of a Unix socket's": 0.5,
		"Push/Pop: system calls a message": 0.0001, "Push/Pop, 64 B: allocations a message": 2,
	} {
		*want[name].Measured = value
	}
	for _, c := range r.Targets {
		w, ok := want[c.Target]
		delete(want, c.Target)
		switch {
		case !ok && c.Verdict != NotMeasured:
			t.Errorf("%s is %s by %v, with nothing to measure it by", c.Target, c.Verdict, *c.Measured)
		case ok && (c.Measured == nil || *c.Measured != *w.Measured || c.Verdict != w.Verdict):
			t.Errorf("%s: %v, %s, want %v, %s", c.Target, maybe(c.Measured), c.Verdict, *w.Measured, w.Verdict)
		}
	}
	for name := range want {
		t.Errorf("there is no target %q", name)
	}
}

// TestTargetsNameWhatThereIs: a misspelt implementation would never be measured.
func TestTargetsNameWhatThereIs(t *testing.T) {
	full := Result{}
	for _, i := range impls {
		for _, size := range Sizes() {
			full.Rows = append(full.Rows, Row{Impl: i.Name, Size: size, Time: Spread{Median: 1}})
			full.Costs = append(full.Costs, Cost{Impl: i.Name, Size: size})
		}
		full.Syscalls = append(full.Syscalls, Syscalls{Impl: i.Name})
		for _, load := range []string{Quiet, Busy} {
			full.Latency = append(full.Latency, Latency{Impl: i.Name, Size: 64, Load: load, P50: Spread{Median: 1}})
		}
	}
	full.check()
	for _, c := range full.Targets {
		if c.Verdict == NotMeasured || strings.TrimSpace(c.Want) == "" {
			t.Errorf("%+v", c)
		}
	}
}
