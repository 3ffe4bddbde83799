package bench

import (
	"encoding/json"
	"io"
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
