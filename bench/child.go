package bench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// Descriptors of a child beyond the standard ones.
const (
	commandFD = 3 // lines from the parent; their end is the parent's death
	eventFD   = 4 // values of said, to the parent
)

// childEnv is set for children: without it, their descriptors may be anything.
const childEnv = "KILLPOINT_BENCH_CHILD"

// Child is the whole of a child process: it does the one job that the parent
// sends it, and returns when the parent knows what came of it. The error is for
// a process that was not started by [Run]; one with the job goes to the parent.
//
// As soon as the parent is gone, however it died, the process removes the folder
// with rings and areas and exits.
func Child() error {
	if os.Getenv(childEnv) == "" {
		return errors.New("this command is one end of a measurement and is started by 'killpoint bench'")
	}
	commands := bufio.NewReader(os.NewFile(commandFD, "commands"))
	var j job
	line, err := commands.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &j)
	}
	if err != nil {
		return fmt.Errorf("bench child: the job: %w", err)
	}
	started := make(chan struct{})
	go obey(commands, j.Dir, started)
	events := json.NewEncoder(os.NewFile(eventFD, "events"))
	if _, err := json.Marshal(said{}); err != nil { // so that its first use is no cost of the run
		return err
	}
	result, err := do(j, func() error {
		if err := events.Encode(said{Ready: true}); err != nil {
			return err
		}
		<-started
		return nil
	})
	if err != nil {
		result = said{Err: err.Error(), Lost: otherEndGone(err)}
	}
	return events.Encode(result)
}

// obey closes started at the parent's signal, and ends the process with the
// parent. Its reads block a thread of their own, so that they cost the
// measurement nothing.
func obey(commands *bufio.Reader, dir string, started chan<- struct{}) {
	if line, err := commands.ReadString('\n'); err == nil && line == startLine+"\n" {
		close(started)
		_, _ = commands.ReadByte() // nothing comes but the end
	}
	os.RemoveAll(dir)
	os.Exit(1)
}

// do readies the job, waits for the start, and does it.
func do(j job, ready func() error) (said, error) {
	switch j.Role {
	case spinner:
		if err := ready(); err != nil {
			return said{}, err
		}
		for turns := uint64(0); ; {
			turns++
		}
	case janitor:
		if err := ready(); err != nil {
			return said{}, err
		}
		select {}
	case tracer:
		return trace(j.Pids, ready)
	}
	e := &endpoint{job: j, histogram: newLatencies()}
	e.out = stream(j.Out)
	if e.in = e.out; j.In != j.Out {
		e.in = stream(j.In)
	}
	run, err := e.open()
	if err != nil {
		return said{}, err
	}
	if j.Traceable {
		// Not all kernels know it, and not all need it.
		_ = unix.Prctl(unix.PR_SET_PTRACER, unix.PR_SET_PTRACER_ANY, 0, 0, 0)
	}
	runtime.GC() // what was needed to get ready is no cost of the run
	before := footprint()
	if err := ready(); err != nil {
		return said{}, err
	}
	if err := run(0, j.Count); err != nil {
		return said{}, err
	}
	result := said{Ended: monotonic()}
	after := footprint()
	result.Mallocs = after.mallocs - before.mallocs
	result.Switches = after.switches - before.switches
	result.Trips = e.histogram.TotalCount()
	result.P50 = e.histogram.ValueAtQuantile(50)
	result.P99 = e.histogram.ValueAtQuantile(99)
	result.P999 = e.histogram.ValueAtQuantile(99.9)
	return result, nil
}

// open finds the work of the endpoint's role.
func (e *endpoint) open() (work, error) {
	i, err := findImpl(e.Impl)
	if err != nil {
		return nil, err
	}
	var open opener
	switch e.Role {
	case writer:
		open = i.send
	case reader:
		open = i.receive
	case pinger:
		open = i.ping
	case echoer:
		open = i.echo
	}
	if open == nil {
		return nil, fmt.Errorf("%s has no role %q", e.Impl, e.Role)
	}
	run, err := open(e)
	if err == nil && e.Role == writer && !i.single {
		return func(from, to uint64) error { return sending(from, to, e.Skip, run) }, nil
	}
	return run, err
}

// sending is a writer's work, without the message that is to be left out.
func sending(from, to, skip uint64, send work) error {
	if skip == 0 {
		return send(from, to)
	}
	if err := send(from, skip); err != nil {
		return err
	}
	return send(skip+1, to+1)
}

// stream is an inherited descriptor as a file, in the blocking mode that it has.
func stream(fd int) *os.File {
	if fd == 0 {
		return nil
	}
	return os.NewFile(uintptr(fd), "stream")
}

// otherEndGone tells whether an error is what the end of a stream's other end
// brings about.
func otherEndGone(err error) bool {
	return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, unix.EPIPE, unix.ECONNRESET},
		func(gone error) bool { return errors.Is(err, gone) })
}

// usage is what this process has used up.
type usage struct {
	mallocs  uint64
	switches int64
}

func footprint() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u) // cannot fail for oneself
	return usage{m.Mallocs, u.Nvcsw + u.Nivcsw}
}

// monotonic is the clock that all processes share, in ns.
func monotonic() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // always there
	return t.Nano()
}
