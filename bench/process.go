package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// process is one child, from the parent's side.
type process struct {
	role     role
	cmd      *exec.Cmd
	commands *os.File
	unwanted bool // killed by the parent, which has no use for it any more
	gone     chan struct{}
}

// news is what a child said, or that it is no more.
type news struct {
	from *process
	said said
	end  bool
	exit error // how it ended
}

// start starts a child that does j with its streams, and reports what it says,
// and at last its end, on a channel.
func start(argv []string, stderr *os.File, j job, streams ends, report chan<- news) (*process, error) {
	commandsR, commandsW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer commandsR.Close()
	eventsR, eventsW, err := os.Pipe()
	if err != nil {
		commandsW.Close()
		return nil, err
	}
	defer eventsW.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.Stderr = stderr
	cmd.ExtraFiles = []*os.File{commandsR, eventsW}
	add := func(f *os.File) int {
		if f == nil {
			return 0
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
		return 2 + len(cmd.ExtraFiles) // they are numbered from 3
	}
	j.Out = add(streams.out)
	if j.In = j.Out; streams.in != streams.out {
		j.In = add(streams.in)
	}
	// An interrupt at the terminal is the parent's to deal with.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		commandsW.Close()
		eventsR.Close()
		return nil, err
	}
	p := &process{role: j.Role, cmd: cmd, commands: commandsW, gone: make(chan struct{})}
	go p.listen(eventsR, report)
	if err := json.NewEncoder(commandsW).Encode(j); err != nil && !errors.Is(err, syscall.EPIPE) {
		return p, err // one that is dead already is reported as such
	}
	return p, nil
}

// listen reports what the child says until it has ended. The channel must have
// room for all of it.
func (p *process) listen(events *os.File, report chan<- news) {
	defer events.Close()
	dec := json.NewDecoder(events)
	for {
		var s said
		if err := dec.Decode(&s); err != nil {
			break
		}
		report <- news{from: p, said: s}
	}
	report <- news{from: p, end: true, exit: p.cmd.Wait()}
	close(p.gone)
}

// begin gives the signal to start. A child that is dead is reported as such.
func (p *process) begin() { _, _ = p.commands.WriteString(startLine + "\n") }

// kill ends the child, whose end is then no failure.
func (p *process) kill() {
	p.unwanted = true
	_ = p.cmd.Process.Kill() // it may have ended
}

// String is for messages.
func (p *process) String() string { return fmt.Sprintf("%s (process %d)", p.role, p.cmd.Process.Pid) }
