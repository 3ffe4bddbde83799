package harness

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
)

// provenance is what is known of the signals of a child: which the harness has
// sent, which the child itself was armed to send, and which came all the same.
//
// Two SIGKILLs look alike to whoever waits for the end. They are told apart by
// whom they were sent to: the harness and the agent send theirs to a thread
// (tgkill), while kill(2), a shell and the kernel for want of memory send it to
// the process, and the kernel keeps that among the signals of the process that
// was never waited for (ShdPnd in /proc/PID/status). The first one counts.
type provenance struct {
	killed    bool // SIGKILL was sent to the thread while the child lived
	killedAll bool // the same to the process, because nothing else could be sent
	mayStop   bool // a SIGSTOP is on its way that is the harness's or the child's own
	mayGoOn   bool // the same for SIGCONT
	own       bool // the child has said that it kills itself now

	sender  string // of the SIGKILL that has ended it, for the timeline
	foreign string // what has ended it if that was somebody else
	others  []string
}

// reported takes note of a hit.
func (p *provenance) reported(h control.Hit) {
	if h.Action == control.Stop {
		p.mayStop = true
	}
}

// stopped takes note of a stop, and tells who has caused it.
func (p *provenance) stopped(sig syscall.Signal) (by string) {
	if sig == unix.SIGSTOP && p.mayStop {
		p.mayStop = false
		return ""
	}
	p.others = append(p.others, "stopped by "+unix.SignalName(sig))
	return ", which neither the harness nor its arm has sent"
}

// continued does so for a continuation.
func (p *provenance) continued() (by string) {
	if p.mayGoOn {
		p.mayGoOn = false
		return ""
	}
	p.others = append(p.others, "continued")
	return " by somebody else than the harness"
}

// ended tells who has sent the SIGKILL of which the child died. Whole says
// whether it was sent to the process.
func (p *provenance) ended(whole bool) {
	switch {
	case whole && p.killedAll:
		p.sender = "sent by the harness, or by somebody else: a signal to one thread was denied"
		p.foreign = "ended by a SIGKILL that may be the harness's or somebody else's: tgkill(2) was denied"
	case whole && (p.killed || p.own):
		p.sender = "sent by somebody else, before the harness or its arm did"
		p.foreign = "ended by a SIGKILL that somebody else sent before the harness or its arm did"
	case whole || !p.killed && !p.own:
		p.sender = "sent by somebody else"
		p.foreign = "ended by SIGKILL that the harness did not send"
	case p.killed:
		p.sender = "sent by the harness"
	default:
		p.sender = "its own"
	}
}

// toProcess tells whether the SIGKILL of which a process has died was sent to it
// as a whole. The process must not have been waited for.
func toProcess(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return false // without /proc, what was sent decides
	}
	_, rest, _ := strings.Cut(string(status), "\nShdPnd:")
	line, _, _ := strings.Cut(rest, "\n")
	set, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	return err == nil && set&(1<<(unix.SIGKILL-1)) != 0
}

// Disturbed is nil while nobody but the harness, and the child itself where it
// was armed to, has killed, stopped or continued the child. Otherwise the error
// wraps ErrDisturbed and says what was seen. Whatever else is seen then decides
// nothing. A SIGWINCH during a call, which interrupts a sleep, is seen when the
// call ends; other signals that the child handles are not, nor a stop that is
// taken back before it has taken effect, nor who was first if somebody sends
// SIGKILL to one thread, as cgroup.kill does, while the harness does.
func (c *Child) Disturbed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.signals.others
	if c.signals.foreign != "" {
		seen = append(seen[:len(seen):len(seen)], c.signals.foreign)
	}
	if len(seen) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w: %s", c.name, ErrDisturbed, strings.Join(seen, ", "))
}

// killedByOther is an error if the child was, and has ended of it.
func (c *Child) killedByOther() error {
	c.mu.Lock()
	foreign := c.signals.foreign
	c.mu.Unlock()
	if foreign == "" {
		return nil
	}
	return fmt.Errorf("%w: %s%s", ErrDisturbed, foreign, indented(c.Output()))
}
