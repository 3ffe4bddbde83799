package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"killpoint/scenarios"
)

// progress shows how far a run is: one changing line on a terminal, else only
// what did not pass.
type progress struct {
	w        *os.File
	terminal bool
	total, n int
	bad      int
	round    int // 0 if there is only one
}

func newProgress(w *os.File, total int) *progress {
	_, err := unix.IoctlGetTermios(int(w.Fd()), unix.TCGETS)
	return &progress{w: w, terminal: err == nil, total: total}
}

func (p *progress) done(r scenarios.Result) {
	p.n++
	if r.Verdict != scenarios.Pass {
		p.bad++
	}
	at := fmt.Sprintf("[%d/%d]", p.n, p.total)
	if p.round > 0 {
		at = fmt.Sprintf("[%d/%d, round %d]", p.n, p.total, p.round)
	}
	switch {
	case p.terminal:
		const width = 20
		full := p.n * width / p.total
		bar := strings.Repeat("#", full) + strings.Repeat(".", width-full)
		fmt.Fprintf(p.w, "\r\x1b[K%s %s %d not passed  %s", bar, at, p.bad, r.Cell.ID)
	case r.Verdict != scenarios.Pass:
		fmt.Fprintf(p.w, "%s %s: %s\n", at, r.Cell.ID, r.Verdict)
	case p.n%100 == 0:
		fmt.Fprintln(p.w, at)
	}
}

func (p *progress) end() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
