package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/ring"
)

// Facts about who holds an end.
const (
	factSecond     = "second"      // what a second one gets while the first lives
	factSecondThen = "second then" // and after what happened to the first
	factPeerBefore = "peer before" // what PeerAlive says of the first before it came,
	factPeerLives  = "peer lives"  // while it lives,
	factPeerThen   = "peer then"   // and after what happened to it
	factHelper     = "helper"      // the process that the first one started
)

const (
	alive = "alive"
	gone  = "gone"
)

// fates are what can happen to the owner of an end, and whether it then holds it
// still.
var fates = []struct {
	name  string
	holds bool
	exit  string
	bring func(*lab, *harness.Child)
}{
	{"killed", false, "signal SIGKILL", func(l *lab, c *harness.Child) { _, err := c.Kill(); l.check(err) }},
	{"panicking", false, "code 2", func(l *lab, c *harness.Child) { c.Go("panic", nil); l.waitExit(c) }},
	{"finished", false, "code 0", func(l *lab, c *harness.Child) { l.ended(c) }},
	{"closed", false, alive, func(l *lab, c *harness.Child) { l.call(c, "close", nil) }},
	{"stopped", true, alive, func(l *lab, c *harness.Child) { l.check(c.Stop(l.ctx)) }},
}

func roleCells() []Cell {
	var cells []Cell
	for _, s := range sides {
		for _, fate := range fates {
			want := Facts{
				factPeerBefore: gone, factPeerLives: alive, factSecond: answerBusy,
				FactExit: fate.exit, factPeerThen: gone, factSecondThen: answerOK,
			}
			if fate.holds {
				want[factPeerThen], want[factSecondThen] = alive, answerBusy
			}
			cells = append(cells, safety(fmt.Sprintf("role/second-%s-first-%s", s.side, fate.name), want, func(l *lab, _ Cell) Facts {
				l.prepare(256, 64)
				peer := l.joined(s.other, "peer", l.join(PollOff))
				f := Facts{factPeerBefore: l.peerAlive(peer)}
				first := l.joined(s.side, "first", l.join(PollOff))
				second := l.start(s.side, "second")
				f[factPeerLives] = l.peerAlive(peer)
				f[factSecond] = l.answer(second, s.join, l.join(PollOff))
				fate.bring(l, first)
				f[FactExit] = alive
				if exit, ok := first.Exit(); ok {
					f[FactExit] = exit.String()
				}
				f[factPeerThen] = l.peerAlive(peer)
				f[factSecondThen] = l.answer(second, s.join, l.join(PollOff))
				return f
			}))
		}
		cells = append(cells, safety(fmt.Sprintf("role/%s-is-not-inherited", s.side),
			Facts{factHelper: alive, factPeerThen: gone, factSecondThen: answerOK},
			func(l *lab, _ Cell) Facts { return runInherit(l, s.side, s.other, s.join) }),
			safety(fmt.Sprintf("role/%s-twice-in-one-process", s.side), Facts{"again": answerBusy, factSecond: answerBusy},
				func(l *lab, _ Cell) Facts {
					l.prepare(256, 64)
					first := l.joined(s.side, "first", l.join(PollOff))
					f := Facts{"again": l.answer(first, s.join+"-again", l.join(PollOff))}
					f[factSecond] = l.answer(l.start(s.side, "second"), s.join, l.join(PollOff))
					return f
				}))
	}
	return cells
}

// peerAlive is what PeerAlive says.
func (l *lab) peerAlive(c *harness.Child) string {
	if ask[bool](l, c, "peer-alive", nil) {
		return alive
	}
	return gone
}

// runInherit has the owner of an end start another program and die: the role
// must not live on in that.
func runInherit(l *lab, side, other ring.Side, join string) Facts {
	l.prepare(256, 64)
	fifo := filepath.Join(l.dir, "leash")
	l.check(unix.Mkfifo(fifo, 0o600))
	leash, err := os.OpenFile(fifo, os.O_RDWR, 0) // the helper ends when this is closed
	l.check(err)
	defer leash.Close()
	owner := l.joined(side, "owner", l.join(PollOff))
	peer := l.joined(other, "peer", l.join(PollOff))
	helper := ask[int](l, owner, "help", map[string]string{"FIFO": fifo})
	pidfd, err := unix.PidfdOpen(helper, 0)
	l.check(err)
	defer unix.Close(pidfd)
	_, err = owner.Kill()
	l.check(err)
	f := Facts{factPeerThen: l.peerAlive(peer), factHelper: l.runs(helper, owner.Program())}
	f[factSecondThen] = l.answer(l.start(side, "second"), join, l.join(PollOff))
	l.check(leash.Close())
	for l.ctx.Err() == nil {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 1000)
		if n > 0 || err != nil && err != unix.EINTR {
			break
		}
	}
	return f
}

// runs tells whether the process runs that program, not dead and unwaited for.
func (l *lab) runs(pid int, program string) string {
	exe, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	if err != nil {
		return err.Error()
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	l.check(err)
	_, state, _ := strings.Cut(string(stat), ") ")
	if exe != program || strings.HasPrefix(state, "Z") {
		return fmt.Sprintf("%s, state %.1s", exe, state)
	}
	return alive
}
