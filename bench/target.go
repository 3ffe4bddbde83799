package bench

import "fmt"

// A Check is a target held against the result.
type Check struct {
	Target   string   `json:"target"`
	Want     string   `json:"want"`
	Measured *float64 `json:"measured"`
	Verdict  string   `json:"verdict"`
}

// Verdicts of a check.
const (
	Met         = "met"
	Missed      = "missed"
	NotMeasured = "not measured"
)

// none is what counts as no system call or allocation a message: the start and
// the end of a run, and the Go runtime's own, are counted too.
const none = 0.001

// target is what the ring shall reach.
type target struct {
	what    string
	measure figure
	atLeast float64 // 0 if it is a limit
	atMost  float64
}

// figure reads a figure off a result; nil if it is not there.
type figure func(*Result) *float64

// targets are all of them.
var targets = []target{
	{what: "Push/Pop, 64 B: times as fast as an unbuffered pipe", measure: speedup("ring", "pipe", 64), atLeast: 20},
	{what: "Push/Pop, 256 B: times as fast as an unbuffered pipe", measure: speedup("ring", "pipe", 256), atLeast: 20},
	{what: "batch, 256 B: times as fast as a pipe with 64 KiB buffers", measure: speedup("ring-batch", "pipe-buffered", 256), atLeast: 3},
	{what: "Push/Pop, 8 B: times as fast as a Go channel that copies", measure: speedup("ring", "channel", 8), atLeast: 3},
	{what: "Push/Pop, 64 B: times as fast as a Go channel that copies", measure: speedup("ring", "channel", 64), atLeast: 3},
	{what: "Push/Pop, 256 B: times as fast as a Go channel that copies", measure: speedup("ring", "channel", 256), atLeast: 3},
	{what: "Push/Pop, 4096 B: times as fast as a Go channel that copies", measure: speedup("ring", "channel", 4096), atLeast: 3},
	{what: "Push/Pop, 65536 B: times as fast as a Go channel that copies", measure: speedup("ring", "channel", 65536), atLeast: 3},
	{what: "Push/Pop, 4096 B: times the time of memcpy", measure: speedup("memcpy", "ring", 4096), atMost: 1.2},
	{what: "round trip p50, 64 B, quiet: part of a Unix socket's", measure: tripRatio("ring", "socket", 64, Quiet), atMost: 1. / 20},
	{what: "round trip p50, 64 B, one core busy: part of a Unix socket's", measure: tripRatio("ring", "socket", 64, Busy), atMost: 1. / 3},
	{what: "Push/Pop: system calls a message", measure: callsOf("ring"), atMost: none},
	{what: "batch: system calls a message", measure: callsOf("ring-batch"), atMost: none},
	{what: "zero copy: system calls a message", measure: callsOf("ring-zerocopy"), atMost: none},
	{what: "Push/Pop, 64 B: allocations a message", measure: allocsOf("ring", 64), atMost: none},
	{what: "batch, 64 B: allocations a message", measure: allocsOf("ring-batch", 64), atMost: none},
	{what: "zero copy, 64 B: allocations a message", measure: allocsOf("ring-zerocopy", 64), atMost: none},
}

// speedup is how many times as fast as another one an implementation is.
func speedup(impl, other string, size int) figure {
	return func(r *Result) *float64 {
		a, b := r.row(impl, size), r.row(other, size)
		if a == nil || b == nil {
			return nil
		}
		return quotient(b.Time.Median, a.Time.Median)
	}
}

// tripRatio is what part an implementation's round trip is of another one's.
func tripRatio(impl, other string, size int, load string) figure {
	return func(r *Result) *float64 {
		a, b := r.latency(impl, size, load), r.latency(other, size, load)
		if a == nil || b == nil {
			return nil
		}
		return quotient(a.P50.Median, b.P50.Median)
	}
}

func callsOf(impl string) figure {
	return func(r *Result) *float64 {
		if s := r.syscalls(impl); s != nil {
			return &s.PerMessage
		}
		return nil
	}
}

func allocsOf(impl string, size int) figure {
	return func(r *Result) *float64 {
		if c := r.cost(impl, size); c != nil {
			return &c.Allocs
		}
		return nil
	}
}

// check holds all targets against the result.
func (r *Result) check() {
	r.Targets = nil
	for _, t := range targets {
		r.Targets = append(r.Targets, t.check(r))
	}
}

func (t target) check(r *Result) Check {
	c := Check{Target: t.what, Want: t.want(), Measured: t.measure(r), Verdict: NotMeasured}
	if c.Measured != nil {
		c.Verdict = Missed
		if t.atLeast > 0 && *c.Measured >= t.atLeast || t.atMost > 0 && *c.Measured <= t.atMost {
			c.Verdict = Met
		}
	}
	return c
}

func (t target) want() string {
	switch {
	case t.atMost == none:
		return "0 (below 0.001)"
	case t.atLeast > 0:
		return fmt.Sprintf("at least %g", t.atLeast)
	}
	return fmt.Sprintf("at most %.3g", t.atMost)
}
