package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/soak"
)

// soakProgress shows how far a soak is: one changing line on a terminal, else one
// every now and then.
type soakProgress struct {
	w        *os.File
	terminal bool
	kills    int // 0 is no limit
	limit    time.Duration
	said     time.Time
}

func newSoakProgress(w *os.File, kills int, limit time.Duration) *soakProgress {
	_, err := unix.IoctlGetTermios(int(w.Fd()), unix.TCGETS)
	return &soakProgress{w: w, terminal: err == nil, kills: kills, limit: limit}
}

func (p *soakProgress) done(r soak.Result) {
	const seldom = 10 * time.Second
	if !p.terminal && time.Since(p.said) < seldom {
		return
	}
	p.said = time.Now()
	of := ""
	if p.kills > 0 {
		of = fmt.Sprintf("/%d", p.kills)
	}
	line := fmt.Sprintf("[%d%s kills] %v, %d rounds, %d messages", r.Kills, of, r.Time.Round(time.Second), r.Rounds, r.Messages)
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
	} else {
		fmt.Fprintln(p.w, line)
	}
}

func (p *soakProgress) end() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
