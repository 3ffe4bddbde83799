package scenarios

import (
	"time"

	"killpoint/harness"
	"killpoint/ring"
)

// A setting is one way to set the poll interval, and the timeout that a
// sleeping end then really passes to the kernel.
type setting struct {
	name   string
	env    string // of IPC_RING_POLL_MS; empty is unset
	option time.Duration
	off    bool
	setter time.Duration
	want   string
}

const noTimeout = "none"

var settingsTable = []setting{
	{name: "default", want: "2ms"},
	{name: "env", env: "5", want: "5ms"},
	{name: "env-fraction", env: "0.5", want: "500µs"},
	{name: "env-malformed", env: "often", want: "2ms"},
	{name: "env-zero", env: "0", want: "2ms"},
	{name: "env-negative", env: "-3", want: "2ms"},
	{name: "env-below-a-microsecond", env: "0.0002", want: "1µs"},
	{name: "option", option: 7 * time.Millisecond, want: "7ms"},
	{name: "option-over-env", env: "5", option: 7 * time.Millisecond, want: "7ms"},
	{name: "option-negative", option: -time.Second, want: "2ms"},
	{name: "option-below-a-microsecond", option: time.Nanosecond, want: "1µs"},
	{name: "off", off: true, want: noTimeout},
	{name: "off-over-env", env: "5", off: true, want: noTimeout},
	{name: "setter-over-option", option: 7 * time.Millisecond, setter: 3 * time.Millisecond, want: "3ms"},
	{name: "setter-over-off", off: true, setter: 3 * time.Millisecond, want: "3ms"},
	{name: "setter-off", option: 7 * time.Millisecond, setter: ring.PollOff, want: noTimeout},
}

func configCells() []Cell {
	var cells []Cell
	for _, s := range settingsTable {
		for _, side := range []ring.Side{ring.WriterSide, ring.ReaderSide} {
			cells = append(cells, Cell{
				ID:   "config/" + s.name + "/" + string(side),
				Role: side,
				Want: Facts{"timeout": s.want},
				More: []string{"config"},
				run:  func(l *lab, c Cell) Facts { return runSetting(l, c, s) },
			})
		}
	}
	for _, side := range []ring.Side{ring.WriterSide, ring.ReaderSide} {
		cells = append(cells, Cell{
			ID:   "config/deadline-with-polling-off/" + string(side),
			Role: side,
			Want: Facts{"timeout": "the time left"},
			More: []string{"config"},
			run:  runTimeLeft,
		}, Cell{
			ID:   "config/cancel-with-polling-off/" + string(side),
			Role: side,
			Want: Facts{"answer": "canceled"},
			More: []string{"config"},
			run:  runCancel,
		})
	}
	return cells
}

// sleeper starts an end that sleeps for good: a writer at a full ring, a reader
// at an empty one.
func (l *lab) sleeper(c Cell, join joinArgs, setter, timeout, cancel time.Duration) (*harness.Child, *harness.Pending, int64) {
	if c.Role == ring.WriterSide {
		l.full(popping)
	} else {
		l.prepare(256, 64)
	}
	child := l.start(c.Role, "sleeper")
	if c.Role == ring.WriterSide {
		child.Go("attach", join)
		if setter != 0 {
			child.Go("set-poll", map[string]any{"Poll": setter})
		}
		return child, child.Go("push", pushArgs{Msg: l.messages.add("P", 60), Timeout: timeout, Cancel: cancel}), ring.SpaceAvailOffset
	}
	child.Go("open", join)
	if setter != 0 {
		child.Go("set-poll", map[string]any{"Poll": setter})
	}
	return child, child.Go("pop", popArgs{Timeout: timeout, Cancel: cancel}), ring.DataAvailOffset
}

func runSetting(l *lab, c Cell, s setting) Facts {
	l.programs.env = []string{ring.PollEnv + "=" + s.env}
	child, _, word := l.sleeper(c, joinArgs{Path: l.ring, Poll: s.option, Off: s.off}, s.setter, 0, 0)
	w := l.waitAsleep(child, word, nil)
	if w.Timeout == nil {
		return Facts{"timeout": noTimeout}
	}
	return Facts{"timeout": w.Timeout.String()}
}

func runTimeLeft(l *lab, c Cell) Facts {
	child, _, word := l.sleeper(c, joinArgs{Path: l.ring, Off: true}, 0, time.Hour, 0)
	w := l.waitAsleep(child, word, nil)
	switch {
	case w.Timeout == nil:
		return Facts{"timeout": noTimeout}
	case *w.Timeout > time.Hour || *w.Timeout < time.Minute:
		return Facts{"timeout": w.Timeout.String()}
	}
	return Facts{"timeout": "the time left"}
}

func runCancel(l *lab, c Cell) Facts {
	_, pending, _ := l.sleeper(c, joinArgs{Path: l.ring, Off: true}, 0, 0, 20*time.Millisecond)
	reply, err := pending.Answer(l.ctx)
	l.check(err)
	if len(reply.Is) == 0 {
		return Facts{"answer": reply.Error}
	}
	return Facts{"answer": reply.Is[0]}
}
