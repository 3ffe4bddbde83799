package scenarios

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/report"
)

// Plan says which cells are run, and how.
type Plan struct {
	Programs Programs
	Dir      string        // where cells make their folders
	Cells    []Cell        // in the order of the report
	Seed     int64         // of the order in which they are run
	Parallel int           // how many side by side
	Patience time.Duration // for each cell; when it ends, the verdict is unknown
	// Evidence is where each cell that does not pass leaves a folder; none if
	// empty. Repeat is the command that repeats a cell; {id} stands for its id.
	Evidence, Repeat string
	// Done is called after each cell, by one goroutine at a time; may be nil.
	Done func(Result)
}

// NeverBegan is what is wrong with a cell that an interrupted run has not run.
const NeverBegan = "interrupted before it began"

// RunAll runs the cells. Once ctx ends, no further cell begins, those that run
// are ended, and all of them are unknown.
func (p Plan) RunAll(ctx context.Context) report.Matrix {
	began := time.Now()
	rows := make([]report.Row, len(p.Cells))
	order := rand.New(rand.NewPCG(uint64(p.Seed), 0)).Perm(len(p.Cells))
	next := make(chan int)
	var workers sync.WaitGroup
	var done sync.Mutex
	for range max(p.Parallel, 1) {
		workers.Go(func() {
			for i := range next {
				if ctx.Err() != nil {
					rows[i] = Result{Cell: p.Cells[i], Verdict: Unknown, Detail: []string{NeverBegan}}.Row()
					continue
				}
				one, cancel := context.WithTimeout(ctx, p.Patience)
				r := Run(one, p.Cells[i], p.Programs, p.Dir)
				cancel()
				if err := p.save(r); err != nil {
					r.Detail = append(r.Detail, err.Error())
				}
				rows[i] = r.Row()
				if p.Done != nil {
					done.Lock()
					p.Done(r)
					done.Unlock()
				}
			}
		})
	}
	for _, i := range order {
		next <- i
	}
	close(next)
	workers.Wait()
	return report.Matrix{
		Go:     runtime.Version(),
		Kernel: kernel(),
		CPUs:   runtime.NumCPU(),
		Seed:   p.Seed,
		Wall:   milliseconds(time.Since(began)),
		Format: report.Format,
		Began:  began.UTC().Truncate(time.Second),
		Repeat: p.Repeat,

		Interrupted: ctx.Err() != nil,
		Sites:       catalogue(),
		Cells:       rows,
	}
}

// save leaves the evidence of a cell that did not pass.
func (p Plan) save(r Result) error {
	if p.Evidence == "" || r.Verdict == Pass {
		return nil
	}
	return harness.SaveFolder(filepath.Join(p.Evidence, FolderName(r.Cell.ID)), func(dir string) error {
		return r.Save(dir, strings.ReplaceAll(p.Repeat, "{id}", r.Cell.ID))
	})
}

// FolderName is the base name of a cell's folder of evidence.
func FolderName(id string) string { return strings.ReplaceAll(id, "/", ".") }

// Row is the result in the words of a report.
func (r Result) Row() report.Row {
	return report.Row{
		ID: r.Cell.ID, Site: string(r.Cell.Site), Role: string(r.Cell.Role), Mode: string(r.Cell.Mode), Poll: r.Cell.Poll(),
		Outcome: r.Outcome, Verdict: string(r.Verdict), Detail: strings.Join(r.Detail, "\n"),
		Duration: milliseconds(r.Duration), Spawn: milliseconds(r.Spawn), Hit: r.Hit, Exit: r.Exit,
		Variant: string(r.Cell.Variant), Labels: r.Cell.moreLabels(), Evidence: r.record(),
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:]) + " " + unix.ByteSliceToString(u.Machine[:])
}

// Shard returns the cells of shard i of n, written "i/n" and counted from 1.
// Which shard a cell belongs to depends on its id alone.
func Shard(cells []Cell, shard string) ([]Cell, error) {
	left, right, ok := strings.Cut(shard, "/")
	i, err1 := strconv.Atoi(left)
	n, err2 := strconv.Atoi(right)
	if !ok || err1 != nil || err2 != nil || i < 1 || i > n {
		return nil, fmt.Errorf("shard %q: must be i/n with 1 <= i <= n, such as 1/4", shard)
	}
	var mine []Cell
	for _, c := range cells {
		h := fnv.New32a()
		h.Write([]byte(c.ID))
		if int(h.Sum32()%uint32(n)) == i-1 {
			mine = append(mine, c)
		}
	}
	return mine, nil
}
