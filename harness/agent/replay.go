package agent

import (
	"encoding/json"
	"fmt"
	"os"

	"killpoint/harness/control"
)

// replay runs the commands recorded in a file, for a person at a terminal.
func replay(p Program, path string) int {
	f, err := os.Open(path)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name, err)
		return ExitUsage
	}
	defer f.Close()
	out := &printEvents{}
	s := newSession(p, out)
	out.s = s
	go s.listen(f, func() {})
	return s.serve()
}

// printEvents prints events, and asks at each armed site whether to go on.
type printEvents struct {
	s     *Session
	first int64
}

func (p *printEvents) send(e control.Event) {
	if p.first == 0 {
		p.first = e.Time
	}
	at := float64(e.Time-p.first) / 1e6
	switch {
	case e.Hello != nil:
		fmt.Printf("%9.3f ms  %s, pid %d\n", at, e.Hello.Program, e.Hello.PID)
	case e.Begin != nil:
		fmt.Printf("%9.3f ms  %s begins\n", at, e.Begin.Op)
	case e.Reply != nil:
		line, _ := json.Marshal(e.Reply)
		fmt.Printf("%9.3f ms  %s ends: %s\n", at, e.Reply.Op, line)
	case e.Fatal != "":
		fmt.Printf("%9.3f ms  fatal: %s\n", at, e.Fatal)
	case e.Hit != nil:
		fmt.Printf("%9.3f ms  %s at %s, hit %d, thread %d\n", at, e.Hit.Action, e.Hit.Site, e.Hit.Hit, e.Hit.Tid)
		if e.Hit.Parks() {
			fmt.Printf("parked: attach with 'dlv attach %d' or 'gdb -p %d', kill it, or press Enter to go on\n", os.Getpid(), os.Getpid())
			go func() {
				fmt.Scanln()
				p.s.release <- struct{}{}
			}()
		}
	}
}
