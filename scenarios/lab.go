package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/ring"
)

// lab is the bench of one cell: its folder, its ring file, its children, its
// messages. Its methods end the cell when something is not as the scenario
// needs it: the rest would prove nothing.
type lab struct {
	ctx      context.Context
	programs Programs
	dir      string
	ring     string // path of the ring file
	timeline *harness.Timeline
	children []*harness.Child
	messages book
	got      []string // what readers got so far, by name

	stood   []stood
	before  []byte // images: when the victim was started,
	atSite  []byte // when it stood at the site,
	atDeath []byte // and after it had died
	hit     int
	exit    string
	spawn   time.Duration

	pause    func(Paused) error // called while a victim stands at its site; may be nil
	patience time.Duration      // how long the whole cell may take; 0 is no limit
}

// broken ends a cell early.
type broken struct{ err error }

// errWrong is what ends a cell early for a reason that is certain.
var errWrong = errors.New("not as documented")

// fail ends the cell: what was seen cannot be right.
func (l *lab) fail(format string, args ...any) {
	panic(broken{fmt.Errorf("%w: %s", errWrong, fmt.Sprintf(format, args...))})
}

// certain reports whether an error that ended a cell shows a fault of the ring.
// Any other one, such as a lack of descriptors or of time, in a child or here, or
// somebody else's signal, shows nothing.
func certain(err error) bool {
	if _, lacks := harness.Lack(err); lacks || errors.Is(err, harness.ErrDisturbed) {
		return false
	}
	var failed *harness.CallError
	return errors.As(err, &failed) || errors.Is(err, errWrong) || errors.Is(err, errDeadlock) ||
		errors.Is(err, harness.ErrNeverReached) || errors.Is(err, harness.ErrExited) || errors.Is(err, harness.ErrEnding)
}

// disturbed says which children somebody else has killed, stopped or woken. What
// was seen of a cell decides nothing then.
func (l *lab) disturbed() error {
	var errs []error
	for _, c := range l.children {
		errs = append(errs, c.Disturbed())
	}
	return errors.Join(errs...)
}

// check ends the cell if err is not nil.
func (l *lab) check(err error) {
	if err != nil {
		panic(broken{err})
	}
}

// start starts a child. Survivors and successors run the ring as it ships; a
// child that is armed runs the instrumented build.
func (l *lab) start(role ring.Side, name string, arms ...control.Arm) *harness.Child {
	program := l.programs.Plain
	if len(arms) > 0 {
		program = l.programs.Instrumented
	}
	if l.pause != nil {
		arms = holding(arms)
	}
	if name == "victim" {
		l.before, _ = os.ReadFile(l.ring) // none while it is to be created
	}
	return l.run(program, harness.Config{Name: name, Role: string(role), Arms: arms})
}

func (l *lab) run(program *harness.Program, cfg harness.Config) *harness.Child {
	cfg.Timeline, cfg.Env = l.timeline, l.programs.env
	began := time.Now()
	c, err := program.Start(cfg)
	l.spawn += time.Since(began)
	l.check(err)
	l.children = append(l.children, c)
	return c
}

func (l *lab) close() {
	for _, c := range l.children {
		c.Close()
	}
}

// image reads the ring file, as it is now. Cells that take it away themselves use
// anyImage.
func (l *lab) image() []byte {
	image, err := os.ReadFile(l.ring)
	if errors.Is(err, fs.ErrNotExist) {
		l.fail("the path leads nowhere")
	}
	l.check(err)
	return image
}

// The arguments of the child's operations; see cmd/child.
type (
	joinArgs struct {
		Path     string
		Capacity int           `json:",omitempty"`
		Poll     time.Duration `json:",omitempty"`
		Off      bool          `json:",omitempty"`
		Stall    time.Duration `json:",omitempty"`
		Populate bool          `json:",omitempty"`
		Replace  bool          `json:",omitempty"`
	}
	pushArgs struct {
		Msg     []byte
		Timeout time.Duration `json:",omitempty"`
		Cancel  time.Duration `json:",omitempty"`
	}
	batchArgs struct {
		Msgs [][]byte
	}
	commitArgs struct {
		N int
	}
	releaseArgs struct {
		Look bool
	}
	popArgs struct {
		Timeout time.Duration `json:",omitempty"`
		Cancel  time.Duration `json:",omitempty"`
	}
)

// poll is the interval of a peer that polls.
const poll = 2 * time.Millisecond

// join are the arguments for an end that polls as the variant says.
func (l *lab) join(v Variant) joinArgs {
	if v == PollOff {
		return joinArgs{Path: l.ring, Off: true}
	}
	return joinArgs{Path: l.ring, Poll: poll}
}

// prepare makes the ring in this process: shift bytes pushed and popped again,
// so that offsets are not all zero, then the older messages.
func (l *lab) prepare(capacity, shift int, older ...[]byte) {
	w, err := ring.Create(l.ring, capacity)
	l.check(err)
	defer w.Close()
	r, err := ring.Open(l.ring)
	l.check(err)
	defer r.Close()
	for ; shift > 0; shift -= 64 {
		l.check(w.TryPush(make([]byte, min(shift, 64)-4)))
		_, err := r.TryPop(nil)
		l.check(err)
	}
	for _, msg := range older {
		l.check(w.TryPush(msg))
	}
	l.timeline.Add("ring", "made: capacity %d, %d older messages", capacity, len(older))
}

// pop pops one message and notes that it was received. It is there already:
// all others are idle.
func (l *lab) pop(c *harness.Child) string {
	return l.receive(c, c.Go("pop", popArgs{}), ring.DataAvailOffset)
}

// popLater pops one message that a child which is at work, or was asleep until
// now, may still have to send.
func (l *lab) popLater(c *harness.Child) string {
	var body []byte
	l.wait(c.Go("pop", popArgs{}), &body)
	return l.note(c, body)
}

// receive takes the result of a pop under way. A reader that is left asleep
// for good received nothing.
func (l *lab) receive(c *harness.Child, p *harness.Pending, word int64) string {
	if reaction := l.settle(c, p, word); reaction != Resumes {
		l.fail("%s never gets its message: it %s", c.Name(), reaction)
	}
	var body []byte
	l.wait(p, &body)
	return l.note(c, body)
}

// note notes that a reader got a message, and returns its name.
func (l *lab) note(c *harness.Child, body []byte) string {
	name := l.messages.name(body)
	l.got = append(l.got, name)
	l.timeline.Mark(harness.Received, name, c.Name(), "has received %s", name)
	return name
}

// drain pops until the ring is empty.
func (l *lab) drain(c *harness.Child) {
	for {
		var body []byte
		err := l.until(func(ctx context.Context) error { return c.Call(ctx, "try-pop", nil, &body) })
		var failed *harness.CallError
		if errors.As(err, &failed) && failed.Matches("empty") {
			return
		}
		l.check(err)
		l.note(c, body)
	}
}

// popUntil pops until the message of that name has come, if it is not the last
// one that came.
func (l *lab) popUntil(c *harness.Child, name string) {
	for len(l.got) == 0 || l.got[len(l.got)-1] != name {
		l.pop(c)
		if len(l.got) > 100 {
			l.fail("%s gets messages without end: %v", c.Name(), l.got)
		}
	}
}

// answer names how a call ended: "ok", or the first sentinel of its error.
func (l *lab) answer(c *harness.Child, op string, args any) string {
	return named(l.until(func(ctx context.Context) error { return c.Call(ctx, op, args, nil) }))
}

// named is how a call ended in a word. An error that is none of the child's ends
// the cell.
func named(err error) string {
	var failed *harness.CallError
	switch {
	case err == nil:
		return answerOK
	case errors.As(err, &failed) && len(failed.Sentinels) > 0:
		return failed.Sentinels[0]
	case errors.As(err, &failed):
		return failed.Text
	}
	panic(broken{err})
}

// holds names the messages that a reader reported to hold when it stood at a
// site: what it had copied out, since its buffer was all zero before and no
// message has a zero, or what it had peeked.
func (l *lab) holds(hit control.Hit) string {
	var held struct {
		Copied []byte
		Peeked [][]byte
	}
	l.check(json.Unmarshal(hit.Holding, &held))
	var names []string
	if body := bytes.TrimRight(held.Copied, "\x00"); len(body) > 0 {
		names = append(names, l.messages.name(body))
	}
	for _, body := range held.Peeked {
		names = append(names, l.messages.name(body))
	}
	return orNothing(received(names...))
}

// newLab makes the bench in a folder of its own.
func newLab(ctx context.Context, programs Programs, dir string) *lab {
	programs.env = []string{ring.PollEnv + "="} // whatever the user's says
	l := &lab{ctx: ctx, programs: programs, dir: dir, ring: filepath.Join(dir, "ring"), timeline: new(harness.Timeline)}
	if end, limited := ctx.Deadline(); limited {
		l.patience = time.Until(end)
	}
	return l
}
