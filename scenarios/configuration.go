package scenarios

import (
	"encoding/binary"
	"os"
	"strings"
	"time"

	"killpoint/harness"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// A damage is a file that is no ring, and what the three ways in say of it.
type damage struct {
	name                 string
	open, attach, create string
	make                 func(l *cellRun)
}

// Word offsets of the header; see package ring.
const (
	offCapacity = 8
	offWrite    = 64
	offRead     = 128
)

var damages = []damage{
	{"missing", "not-exist", "not-exist", "ok", func(*cellRun) {}},
	{"directory", "layout", "layout", "exist", func(l *cellRun) { l.check(os.Mkdir(l.ring, 0o700)) }},
	{"empty", "layout", "layout", "exist", func(l *cellRun) { l.check(os.WriteFile(l.ring, nil, 0o600)) }},
	{"text", "layout", "layout", "exist", func(l *cellRun) {
		l.check(os.WriteFile(l.ring, []byte(strings.Repeat("not a ring\n", 1000)), 0o600))
	}},
	{"cut-short", "layout", "layout", "exist", func(l *cellRun) { l.prepare(256, 64); l.check(os.Truncate(l.ring, ring.FileSize(256)-1)) }},
	{"too-long", "layout", "layout", "exist", func(l *cellRun) { l.prepare(256, 64); l.check(os.Truncate(l.ring, ring.FileSize(256)+1)) }},
	{"uninitialised", "layout", "layout", "exist", func(l *cellRun) {
		l.check(os.WriteFile(l.ring, make([]byte, ring.FileSize(256)), 0o600))
	}},
	{"wrong-magic", "layout", "layout", "exist", word(4, 0x21212121)},
	{"wrong-version", "layout", "layout", "exist", word(0, 99)},
	{"capacity-2-to-the-40", "layout", "layout", "exist", words(offCapacity, 1<<40)},
	{"capacity-odd", "layout", "layout", "exist", words(offCapacity, 255)},
	{"capacity-zero", "layout", "layout", "exist", words(offCapacity, 0)},
	{"write-too-far", "corrupt", "corrupt", "exist", words(offWrite, 64+256+8)},
	{"write-unaligned", "corrupt", "corrupt", "exist", words(offWrite, 65)},
	{"indices-about-to-begin-again", "corrupt", "corrupt", "exist", func(l *cellRun) {
		l.damage(func(image []byte) {
			binary.NativeEndian.PutUint64(image[offWrite:], 1<<64-8)
			binary.NativeEndian.PutUint64(image[offRead:], 1<<64-8)
		})
	}},
	{"read-beyond-write", "corrupt", "corrupt", "exist", words(offRead, 72)},
}

func word(off int, value uint32) func(*cellRun) {
	return func(l *cellRun) {
		l.damage(func(image []byte) { binary.NativeEndian.PutUint32(image[off:], value) })
	}
}

func words(off int, value uint64) func(*cellRun) {
	return func(l *cellRun) {
		l.damage(func(image []byte) { binary.NativeEndian.PutUint64(image[off:], value) })
	}
}

// damage makes a good ring and changes bytes of it.
func (l *cellRun) damage(change func(image []byte)) {
	l.prepare(256, 64)
	image := l.image()
	change(image)
	l.check(os.WriteFile(l.ring, image, 0o600))
}

func layoutCells() []Cell {
	var cells []Cell
	for _, d := range damages {
		want := Facts{factOpen: d.open, factAttach: d.attach, factCreate: d.create, "file": unmoved, "named": "yes"}
		if d.name == "missing" {
			want["file"] = "created"
		}
		cells = append(cells, Cell{
			ID:   "layout/" + d.name,
			Want: want,
			More: []string{"layout"},
			run:  func(l *cellRun, _ Cell) Facts { return runDamage(l, d) },
		})
	}
	return cells
}

func runDamage(l *cellRun, d damage) Facts {
	d.make(l)
	l.before = l.anyImage()
	reader := l.start(ring.ReaderSide, "reader")
	writer := l.start(ring.WriterSide, "writer")
	create := l.join(PollOff)
	create.Capacity = 256
	f := Facts{
		factOpen:   l.answer(reader, "open", l.join(PollOff)),
		factAttach: l.answer(writer, "attach", l.join(PollOff)),
		factCreate: l.answer(writer, "create", create),
		"file":     unmoved,
		"named":    "yes",
	}
	if after := l.anyImage(); string(after) != string(l.before) {
		f["file"] = "changed"
		if l.before == nil {
			f["file"] = "created"
		}
	}
	if err := reader.Call(l.ctx, "open", l.join(PollOff), nil); err != nil && !strings.Contains(err.Error(), l.ring) {
		f["named"] = "no: " + err.Error()
	}
	return f
}

// anyImage is the file's content, or nil if there is none to be read.
func (l *cellRun) anyImage() []byte {
	image, err := os.ReadFile(l.ring)
	if err != nil {
		return nil
	}
	return image
}

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
				run:  func(l *cellRun, c Cell) Facts { return runSetting(l, c, s) },
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
func (l *cellRun) sleeper(c Cell, join ops.Join, setter, timeout, cancel time.Duration) (*harness.Child, *harness.Pending, int64) {
	if c.Role == ring.WriterSide {
		l.fill(fullRing)
	} else {
		l.prepare(256, 64)
	}
	child := l.start(c.Role, "sleeper")
	if c.Role == ring.WriterSide {
		child.Go("attach", join)
		if setter != 0 {
			child.Go("set-poll", ops.SetPoll{Poll: setter})
		}
		return child, child.Go("push", ops.Push{Msg: l.messages.add("P", 60), Timeout: timeout, Cancel: cancel}), ring.SpaceAvailOffset
	}
	child.Go("open", join)
	if setter != 0 {
		child.Go("set-poll", ops.SetPoll{Poll: setter})
	}
	return child, child.Go("pop", ops.Pop{Timeout: timeout, Cancel: cancel}), ring.DataAvailOffset
}

func runSetting(l *cellRun, c Cell, s setting) Facts {
	l.programs.env = []string{ring.PollEnv + "=" + s.env}
	child, _, word := l.sleeper(c, ops.Join{Path: l.ring, Poll: s.option, Off: s.off}, s.setter, 0, 0)
	w := l.waitAsleep(child, word, nil)
	if w.Timeout == nil {
		return Facts{"timeout": noTimeout}
	}
	return Facts{"timeout": w.Timeout.String()}
}

func runTimeLeft(l *cellRun, c Cell) Facts {
	child, _, word := l.sleeper(c, ops.Join{Path: l.ring, Off: true}, 0, time.Hour, 0)
	w := l.waitAsleep(child, word, nil)
	switch {
	case w.Timeout == nil:
		return Facts{"timeout": noTimeout}
	case *w.Timeout > time.Hour || *w.Timeout < time.Minute:
		return Facts{"timeout": w.Timeout.String()}
	}
	return Facts{"timeout": "the time left"}
}

func runCancel(l *cellRun, c Cell) Facts {
	_, pending, _ := l.sleeper(c, ops.Join{Path: l.ring, Off: true}, 0, 0, 20*time.Millisecond)
	reply, err := pending.Answer(l.ctx)
	l.check(err)
	if len(reply.Is) == 0 {
		return Facts{"answer": reply.Error}
	}
	return Facts{"answer": reply.Is[0]}
}
