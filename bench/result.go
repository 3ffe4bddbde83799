package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

// A Result is what one run of the benchmark found; see the package comment for
// units and meanings.
type Result struct {
	Rows        []Row       `json:"rows"`
	Latency     []Latency   `json:"latency"`
	Costs       []Cost      `json:"costs"`
	Syscalls    []Syscalls  `json:"syscalls"`
	Targets     []Check     `json:"targets"`
	Environment Environment `json:"environment"`
	Notes       []string    `json:"notes"`
}

// A Row is the throughput of one implementation at one size.
type Row struct {
	Impl          string   `json:"impl"`
	Size          int      `json:"size"`
	Time          Spread   `json:"ns_per_msg"`
	Rate          float64  `json:"gib_s"`
	RatioToPipe   *float64 `json:"ratio_to_pipe"`   // times as fast
	RatioToMemcpy *float64 `json:"ratio_to_memcpy"` // times its time
}

// A Latency is the time of round trips.
type Latency struct {
	Impl  string `json:"impl"`
	Size  int    `json:"size"`
	Load  string `json:"load"`
	Trips int64  `json:"round_trips"`
	P50   Spread `json:"p50_ns"`
	P99   Spread `json:"p99_ns"`
	P999  Spread `json:"p99_9_ns"`
}

// Loads under which the latency is measured.
const (
	Quiet = "quiet"
	Busy  = "busy"
)

// A Cost is what the messages of a Row took beside time.
type Cost struct {
	Impl     string  `json:"impl"`
	Size     int     `json:"size"`
	Messages uint64  `json:"messages"`
	Allocs   float64 `json:"allocs_per_msg"`
	Switches float64 `json:"switches_per_msg"`
}

// Syscalls are the system calls of one run.
type Syscalls struct {
	Impl       string            `json:"impl"`
	Size       int               `json:"size"`
	Messages   uint64            `json:"messages"`
	PerMessage float64           `json:"per_msg"`
	ByName     map[string]uint64 `json:"by_name"`
}

// WriteJSON writes the result, indented.
func (r *Result) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}

// row returns the row of an implementation and a size, if there is one.
func (r *Result) row(impl string, size int) *Row {
	for i := range r.Rows {
		if r.Rows[i].Impl == impl && r.Rows[i].Size == size {
			return &r.Rows[i]
		}
	}
	return nil
}

func (r *Result) latency(impl string, size int, load string) *Latency {
	for i := range r.Latency {
		if l := &r.Latency[i]; l.Impl == impl && l.Size == size && l.Load == load {
			return l
		}
	}
	return nil
}

func (r *Result) cost(impl string, size int) *Cost {
	for i := range r.Costs {
		if r.Costs[i].Impl == impl && r.Costs[i].Size == size {
			return &r.Costs[i]
		}
	}
	return nil
}

func (r *Result) syscalls(impl string) *Syscalls {
	for i := range r.Syscalls {
		if r.Syscalls[i].Impl == impl {
			return &r.Syscalls[i]
		}
	}
	return nil
}

// compare fills in the ratios, of medians.
func (r *Result) compare() {
	for i := range r.Rows {
		row := &r.Rows[i]
		if pipe := r.row("pipe", row.Size); pipe != nil {
			row.RatioToPipe = quotient(pipe.Time.Median, row.Time.Median)
		}
		if limit := r.row("memcpy", row.Size); limit != nil {
			row.RatioToMemcpy = quotient(row.Time.Median, limit.Time.Median)
		}
	}
}

// quotient is nil where there is none, which JSON could not carry either.
func quotient(a, b float64) *float64 {
	if b == 0 {
		return nil
	}
	q := a / b
	return &q
}

// A Spread is what several rounds found for one figure.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// spreadOf returns the spread of figures, of which there must be one at least.
// The median of an even number is the mean of the two in the middle.
func spreadOf(figures []float64) Spread {
	sorted := slices.Sorted(slices.Values(figures))
	n := len(sorted)
	return Spread{
		Median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Min:    sorted[0],
		Max:    sorted[n-1],
	}
}

// gibPerSecond is the rate of messages of a size that take ns each.
func gibPerSecond(size int, ns float64) float64 { return float64(size) / ns * 1e9 / (1 << 30) }

// latencies are the times of round trips.
type latencies struct{ *hdrhistogram.Histogram }

// newLatencies keeps three digits of times from 1 ns to a minute.
func newLatencies() *latencies {
	return &latencies{hdrhistogram.New(1, time.Minute.Nanoseconds(), 3)}
}

// roundTrips does one round trip after the other. The end of one is the
// beginning of the next, so each includes one look at the clock.
func (l *latencies) roundTrips(trip func(id uint64) error) work {
	return func(from, to uint64) error {
		began := time.Now()
		for id := from; id < to; id++ {
			if err := trip(id); err != nil {
				return err
			}
			ended := time.Now()
			if err := l.RecordValue(ended.Sub(began).Nanoseconds()); err != nil {
				return err
			}
			began = ended
		}
		return nil
	}
}

// clockCost is the time of one look at the clock, in ns.
func clockCost() float64 {
	const looks = 100_000
	began := time.Now()
	for range looks {
		_ = time.Now()
	}
	return float64(time.Since(began).Nanoseconds()) / looks
}

// Environment is where a result was found. What cannot be read is empty or 0.
type Environment struct {
	CPU        string  `json:"cpu"`
	CPUs       int     `json:"cpus"`
	Kernel     string  `json:"kernel"`
	Go         string  `json:"go"`
	GOMAXPROCS int     `json:"gomaxprocs"`
	LoadBegin  float64 `json:"load_begin"` // average of one minute
	LoadEnd    float64 `json:"load_end"`
	Rounds     int     `json:"rounds"`
	Dir        string  `json:"dir"`
	Capacity   int     `json:"capacity"` // of the ring, in bytes
	Clock      float64 `json:"clock_ns"` // one look at it
	Wall       float64 `json:"wall_s"`
}

func environment(dir string, rounds int) Environment {
	e := Environment{
		CPU: cpuModel(), CPUs: runtime.NumCPU(), Go: runtime.Version(), GOMAXPROCS: runtime.GOMAXPROCS(0),
		LoadBegin: loadAverage(), Rounds: rounds, Dir: dir, Capacity: capacity, Clock: clockCost(),
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		e.Kernel = unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:]) +
			" " + unix.ByteSliceToString(name.Machine[:])
	}
	return e
}

// cpuModel reads the name of the first processor. Some architectures have none.
func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}

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
