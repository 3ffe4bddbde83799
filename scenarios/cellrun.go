package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// cellRun is the run of one cell: its folder, its ring file, its children, its
// messages. Its methods end the cell when something is not as the scenario
// needs it: the rest would prove nothing.
type cellRun struct {
	ctx      context.Context
	programs Programs
	dir      string
	ring     string // path of the ring file
	timeline *harness.Timeline
	children []*harness.Child
	messages knownMessages
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
func (l *cellRun) fail(format string, args ...any) {
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
func (l *cellRun) disturbed() error {
	var errs []error
	for _, c := range l.children {
		errs = append(errs, c.Disturbed())
	}
	return errors.Join(errs...)
}

// check ends the cell if err is not nil.
func (l *cellRun) check(err error) {
	if err != nil {
		panic(broken{err})
	}
}

// start starts a child. Survivors and successors run the ring as it ships; a
// child that is armed runs the instrumented build.
func (l *cellRun) start(role ring.Side, name string, arms ...control.Arm) *harness.Child {
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

func (l *cellRun) run(program *harness.Program, cfg harness.Config) *harness.Child {
	cfg.Timeline, cfg.Env = l.timeline, l.programs.env
	began := time.Now()
	c, err := program.Start(cfg)
	l.spawn += time.Since(began)
	l.check(err)
	l.children = append(l.children, c)
	return c
}

func (l *cellRun) close() {
	for _, c := range l.children {
		c.Close()
	}
}

// image reads the ring file, as it is now. Cells that take it away themselves use
// anyImage.
func (l *cellRun) image() []byte {
	image, err := os.ReadFile(l.ring)
	if errors.Is(err, fs.ErrNotExist) {
		l.fail("the path leads nowhere")
	}
	l.check(err)
	return image
}

// poll is the interval of a peer that polls.
const poll = 2 * time.Millisecond

// join are the arguments for an end that polls as the variant says.
func (l *cellRun) join(v Variant) ops.Join {
	if v == PollOff {
		return ops.Join{Path: l.ring, Off: true}
	}
	return ops.Join{Path: l.ring, Poll: poll}
}

// prepare makes the ring in this process: shift bytes pushed and popped again,
// so that offsets are not all zero, then the older messages.
func (l *cellRun) prepare(capacity, shift int, older ...[]byte) {
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
func (l *cellRun) pop(c *harness.Child) string {
	return l.receive(c, c.Go("pop", ops.Pop{}), ring.DataAvailOffset)
}

// popLater pops one message that a child which is at work, or was asleep until
// now, may still have to send.
func (l *cellRun) popLater(c *harness.Child) string {
	var body []byte
	l.wait(c.Go("pop", ops.Pop{}), &body)
	return l.note(c, body)
}

// receive takes the result of a pop under way. A reader that is left asleep
// for good received nothing.
func (l *cellRun) receive(c *harness.Child, p *harness.Pending, word int64) string {
	if reaction := l.settle(c, p, word); reaction != Resumes {
		l.fail("%s never gets its message: it %s", c.Name(), reaction)
	}
	var body []byte
	l.wait(p, &body)
	return l.note(c, body)
}

// note notes that a reader got a message, and returns its name.
func (l *cellRun) note(c *harness.Child, body []byte) string {
	name := l.messages.name(body)
	l.got = append(l.got, name)
	l.timeline.Mark(harness.Received, name, c.Name(), "has received %s", name)
	return name
}

// drain pops until the ring is empty.
func (l *cellRun) drain(c *harness.Child) {
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
func (l *cellRun) popUntil(c *harness.Child, name string) {
	for len(l.got) == 0 || l.got[len(l.got)-1] != name {
		l.pop(c)
		if len(l.got) > 100 {
			l.fail("%s gets messages without end: %v", c.Name(), l.got)
		}
	}
}

// answer names how a call ended: "ok", or the first sentinel of its error.
func (l *cellRun) answer(c *harness.Child, op string, args any) string {
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
func (l *cellRun) holds(hit control.Hit) string {
	var held ops.Holding
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

// newCellRun prepares a run in a folder of its own.
func newCellRun(ctx context.Context, programs Programs, dir string) *cellRun {
	programs.env = []string{ring.PollEnv + "="} // whatever the user's says
	l := &cellRun{ctx: ctx, programs: programs, dir: dir, ring: filepath.Join(dir, "ring"), timeline: new(harness.Timeline)}
	if end, limited := ctx.Deadline(); limited {
		l.patience = time.Until(end)
	}
	return l
}

// message makes the body of a named message: its name again and again, so that
// two messages never share a body and a torn one is no message at all.
func message(name string, size int) []byte {
	return bytes.Repeat([]byte(name+"."), size/(len(name)+1)+1)[:size]
}

// knownMessages knows the messages of one cell by their bodies.
type knownMessages struct {
	names  []string
	bodies [][]byte
}

// add makes a message and remembers it. Two equal bodies would make loss look
// like delivery.
func (b *knownMessages) add(name string, size int) []byte {
	body := message(name, size)
	if known := b.name(body); !strings.HasPrefix(known, "?") {
		panic(fmt.Sprintf("scenarios: messages %s and %s have the same body", known, name))
	}
	b.names = append(b.names, name)
	b.bodies = append(b.bodies, body)
	return body
}

// name returns the name of a body, or "?" and the body if nobody ever wrote it.
func (b *knownMessages) name(body []byte) string {
	for i, known := range b.bodies {
		if bytes.Equal(known, body) {
			return b.names[i]
		}
	}
	return fmt.Sprintf("?%q", body)
}

// body is that of the message of that name, or nil.
func (b *knownMessages) body(name string) []byte {
	if i := slices.Index(b.names, name); i >= 0 {
		return b.bodies[i]
	}
	return nil
}

// A Message is one that a cell knows by its body: its name again and again.
type Message struct {
	Name string `json:"name"`
	Size int    `json:"size"` // bytes
}

func (b *knownMessages) messages() []Message {
	var all []Message
	for i, name := range b.names {
		all = append(all, Message{name, len(b.bodies[i])})
	}
	return all
}

// errDeadlock ends a wait for something that cannot happen any more.
var errDeadlock = errors.New("nothing can happen any more: every child is dead, idle, or asleep in the ring for good")

// until waits for something that the children have to do. It gives up with
// certainty, not by the clock, once nobody is left who could do anything.
func (l *cellRun) until(what func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(l.ctx)
	defer cancel(nil)
	result := make(chan error, 1)
	go func() { result <- what(ctx) }()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-result:
			return err
		case <-look.C:
			if l.ctx.Err() != nil || !l.deadlocked() {
				continue
			}
			cancel(errDeadlock)
			if err := <-result; !errors.Is(err, harness.ErrDeadline) {
				return err
			}
			return errDeadlock
		}
	}
}

// deadlocked reports whether all children are dead, idle, or asleep on a word of
// the ring beyond the end of the cell, at one and the same moment: those asleep
// are seen in the same sleep before and after, and the image is the same.
func (l *cellRun) deadlocked() bool { return lasting(l.sleepers, l.anyImage) }

// lasting reports whether two looks show the same sleeps beside the same image.
func lasting(sleepers func() map[int]int64, image func() []byte) bool {
	before, then := sleepers(), image()
	return before != nil && maps.Equal(before, sleepers()) && bytes.Equal(then, image())
}

// sleepers returns the sleep of every busy child by its thread; nil if one of
// them is not asleep for good, or if nobody is.
func (l *cellRun) sleepers() map[int]int64 {
	asleep := map[int]int64{}
	for _, c := range l.children {
		if c.Ended() || c.Idle() {
			continue
		}
		waits, err := c.FutexWaits(l.ring)
		if err != nil || len(waits) != 1 || !l.outlasts(waits[0].Timeout) {
			return nil
		}
		asleep[waits[0].Tid] = waits[0].Sleeps
	}
	if len(asleep) == 0 {
		return nil
	}
	return asleep
}

// outlasts reports whether a sleep with that timeout lasts longer than the whole
// cell may, if nobody wakes it.
func (l *cellRun) outlasts(timeout *time.Duration) bool {
	return timeout == nil || l.patience > 0 && *timeout > l.patience
}

// call has a child do something that must succeed.
func (l *cellRun) call(c *harness.Child, op string, args any) {
	l.wait(c.Go(op, args), nil)
}

// wait waits for the result of something that must succeed.
func (l *cellRun) wait(p *harness.Pending, result any) {
	l.check(l.until(func(ctx context.Context) error { return p.Wait(ctx, result) }))
}

// waitHit waits until a victim stands at its site.
func (l *cellRun) waitHit(victim *harness.Child, arm control.Arm) (hit control.Hit) {
	arm.Hold = l.pause != nil
	l.check(l.until(func(ctx context.Context) (err error) {
		hit, err = victim.WaitHit(ctx, arm)
		return err
	}))
	l.stood = append(l.stood, stood{victim, hit})
	l.standing(victim, hit)
	return hit
}

// waitAsleep waits until a child sleeps on the event word.
func (l *cellRun) waitAsleep(c *harness.Child, word int64, accept func(harness.FutexWait) bool) (w harness.FutexWait) {
	l.check(l.until(func(ctx context.Context) (err error) {
		w, err = c.WaitAsleep(ctx, l.ring, word, accept)
		return err
	}))
	return w
}

// waitExit waits for the end of a victim that dies by itself. One that answers
// its last call instead goes on living.
func (l *cellRun) waitExit(victim *harness.Child) harness.Exit {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for l.ctx.Err() == nil && !victim.Idle() {
		select {
		case <-victim.Exited():
		case <-l.ctx.Done():
		case <-look.C:
			continue
		}
		break
	}
	if victim.Idle() {
		l.fail("%s goes on as if nothing had happened", victim.Name())
	}
	exit, err := victim.WaitExit(l.ctx)
	l.check(err)
	return exit
}

// settle watches a child that may sleep in a blocking operation until it is
// certain what it does; see harness.Settle. All others are dead, stopped or idle
// by then. Asleep beside its work it stalls (for good) or ignores it (polling);
// with no work to do it waits.
func (l *cellRun) settle(c *harness.Child, p *harness.Pending, word int64) string {
	settled, image, err := c.Settle(l.ctx, p, l.ring, word, func() ([]byte, error) { return l.image(), nil })
	l.check(err)
	switch settled {
	case harness.Asleep:
		return l.reaction(image, word, Stalls)
	case harness.Repolling:
		return l.reaction(image, word, Ignores)
	}
	return Resumes
}

// reaction says what sleeping amounts to: the given word if the image holds
// work for the sleeper, else it waits.
func (l *cellRun) reaction(image []byte, word int64, beside string) string {
	s := ring.Decode(image)
	if word == ring.SpaceAvailOffset {
		if s.Capacity-(s.Write-s.Read) >= uint64(spaceWanted) {
			return beside
		}
		return Waits
	}
	for _, rec := range s.Records {
		if !rec.Wrap {
			return beside
		}
	}
	return Waits
}

// spaceWanted is the room that every message takes for which a writer of these
// scenarios waits.
const spaceWanted = 64

// arm is how a victim is armed for a cell.
func (c Cell) arm() control.Arm {
	action := map[Mode]control.Action{Kill: control.Park, SelfKill: control.SelfKill, Panic: control.Panic, Stop: control.Stop}[c.Mode]
	return control.Arm{Site: string(c.Site), Hit: armedHit(c), Action: action}
}

// arms is how the victim is started: armed, unless the site is inside a system
// call, where nothing can be armed and the kernel shows the victim.
func (c Cell) arms() []control.Arm {
	if siteInfo(c.Site).Marker {
		return []control.Arm{c.arm()}
	}
	return nil
}

// siteInfo is the catalogue's entry of a site.
func siteInfo(s ring.Site) ring.SiteInfo {
	for _, info := range ring.Sites() {
		if info.Site == s {
			return info
		}
	}
	panic("scenarios: no site " + string(s))
}

// die waits until the victim stands at its site and ends it there, or stops it.
func (l *cellRun) die(c Cell, victim *harness.Child) control.Hit {
	arm := c.arm()
	hit := l.waitHit(victim, arm)
	l.hit = hit.Hit
	switch c.Mode {
	case Kill:
		l.atSite = l.image()
		l.end(victim, arm)
	case SelfKill, Panic:
		l.waitExit(victim)
		l.end(victim, arm)
	case Stop:
		l.check(victim.WaitStopped(l.ctx))
	}
	l.atDeath = l.image()
	return hit
}

// end has a victim that stands at its site die as it is armed to, and ends the
// cell if it dies of something else.
func (l *cellRun) end(victim *harness.Child, arm control.Arm) {
	exit, err := victim.End(l.ctx, arm)
	l.check(err)
	l.exit = exit.String()
}

// dieAsleep is die for a site inside a system call, which the kernel shows.
func (l *cellRun) dieAsleep(c Cell, victim *harness.Child, word int64) {
	l.asleep(victim, l.joinSleeper(c), word)
	l.hit = 1
	l.standing(victim, control.Hit{Arm: c.arm(), Tid: victim.PID()})
	l.atSite = l.image()
	if c.Mode == Stop {
		l.check(victim.Stop(l.ctx))
	} else {
		l.end(victim, c.arm())
	}
	l.atDeath = l.image()
}

// asleep waits until a child sleeps on the event, and ensures that it polls
// as it was told.
func (l *cellRun) asleep(child *harness.Child, join ops.Join, word int64) {
	w := l.waitAsleep(child, word, nil)
	switch {
	case join.Off && w.Timeout != nil:
		l.fail("%s polls every %v, must not poll", child.Name(), *w.Timeout)
	case !join.Off && w.Timeout == nil:
		l.fail("%s sleeps without end, must poll every %v", child.Name(), join.Poll)
	case !join.Off && *w.Timeout > join.Poll:
		l.fail("%s sleeps for %v, must poll every %v", child.Name(), *w.Timeout, join.Poll)
	}
}

// reacts watches what a peer makes of it that was asleep all the while. Beside a
// victim that is only stopped nobody stalls: whoever is to wake it lives.
func (l *cellRun) reacts(c Cell, peer *harness.Child, p *harness.Pending, word int64) string {
	reaction := l.settle(peer, p, word)
	if c.Mode == Stop && reaction == Stalls {
		return Waits
	}
	return reaction
}

// succeed returns who goes on in the victim's role: the victim itself, if it was
// only stopped and is continued now, else a fresh process on the same ring.
func (l *cellRun) succeed(c Cell, victim *harness.Child) *harness.Child {
	if c.Mode == Stop {
		l.check(victim.Continue(l.ctx))
		return victim
	}
	successor := l.start(c.Role, "successor")
	l.call(successor, map[ring.Side]string{ring.WriterSide: "attach", ring.ReaderSide: "open"}[c.Role], l.join(PollOff))
	return successor
}

// finish ends a victim that was only stopped, and notes how.
func (l *cellRun) finish(victim *harness.Child) {
	exit, err := victim.Finish(l.ctx)
	l.check(err)
	l.exit = exit.String()
}

// stood is a child that came to its site.
type stood struct {
	child *harness.Child
	hit   control.Hit
}

// addStacks says of every child what it was doing. One that does not answer soon,
// such as a stopped one, is described by the kernel alone.
func (l *cellRun) addStacks(e *Evidence) {
	var asking sync.WaitGroup
	defer asking.Wait()
	for i, c := range l.children {
		asking.Go(func() { e.Children[i].Stacks = l.stacksOf(c) })
	}
}

func (l *cellRun) stacksOf(c *harness.Child) (text string) {
	for _, s := range l.stood {
		if s.child == c {
			text += fmt.Sprintf("at %s, hit %d, thread %d:\n\n%s\n", s.hit.Site, s.hit.Hit, s.hit.Tid, s.hit.Stack)
		}
	}
	if exit, ended := c.Exit(); ended {
		return text + fmt.Sprintf("ended: %s\n", exit)
	}
	text += "in the end, by the kernel:\n\n" + c.Threads()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	stacks, err := c.Stacks(ctx)
	if err != nil {
		return text + fmt.Sprintf("\nits goroutines are not known: %v\n", err)
	}
	return text + "\nits goroutines:\n\n" + stacks
}

// Paused is a victim that stands at its site and waits for a person.
type Paused struct {
	Name    string
	PID     int
	Program string // path of the executable
	Site    string
	Hit     int
	Next    Mode   // what it does when the cell goes on
	Ring    string // path of the ring file
}

// RunPaused is RunIn with a pause: while a victim stands at its site, pause is
// called, and the cell goes on when it returns nil. An error ends the cell as
// unknown. A victim that dies by its own hand is parked first. Time decides
// nothing, so ctx should have no deadline.
func RunPaused(ctx context.Context, c Cell, p Programs, folder string, pause func(Paused) error) Result {
	l := newCellRun(ctx, p, folder)
	l.pause = pause
	return l.result(c)
}

// holding has a child wait wherever it is armed.
func holding(arms []control.Arm) []control.Arm {
	held := make([]control.Arm, len(arms))
	for i, a := range arms {
		a.Hold = true
		held[i] = a
	}
	return held
}

// standing pauses the cell, if it is to pause, while a victim stands at a site.
// One that parks for the cell itself stays there.
func (l *cellRun) standing(victim *harness.Child, hit control.Hit) {
	if l.pause == nil {
		return
	}
	next := map[control.Action]Mode{control.Park: Kill, control.SelfKill: SelfKill, control.Panic: Panic, control.Stop: Stop}[hit.Action]
	l.timeline.Add("harness", "paused: %s can be looked at", victim.Name())
	l.check(l.pause(Paused{
		Name: victim.Name(), PID: victim.PID(), Program: victim.Program(),
		Site: hit.Site, Hit: hit.Hit, Next: next, Ring: l.ring,
	}))
	if hit.Hold && hit.Action != control.Park {
		victim.Release()
	}
}
