package explored

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// Interleavings is what has come of all operations with a peer in their middle.
type Interleavings struct {
	Runs       int      `json:"runs"`
	Pairs      []Pair   `json:"pairs"`
	Violations []string `json:"violations"`
	Ms         int64    `json:"ms"`
}

// A Pair is what has come of a Pairing.
type Pair struct {
	Op    string `json:"op"`
	Peer  string `json:"peer"`
	Stops int    `json:"stops"` // at which the peer acted: every access and system call
	Runs  int    `json:"runs"`  // one for each, or for each two

	Violations []string `json:"-"`
}

// Interleave explores, below dir, every operation with every peer, which does
// its own operation at each of the stops in turn. Progress is told in lines.
func Interleave(ctx context.Context, program, dir string, progress func(string)) (Interleavings, error) {
	began := time.Now()
	pairings := Pairings()
	pairs, errs := make([]Pair, len(pairings)), make([]error, len(pairings))
	var telling sync.Mutex
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i, d := range pairings {
		all.Go(func() error {
			pairs[i], errs[i] = d.Run(ctx, program, dir)
			if p := pairs[i]; progress != nil {
				telling.Lock()
				defer telling.Unlock()
				progress(fmt.Sprintf("%s, and %s: %d stops, %d runs, %d violations", p.Op, p.Peer, p.Stops, p.Runs, len(p.Violations)))
			}
			return nil
		})
	}
	all.Wait()
	found := Interleavings{Pairs: pairs, Violations: []string{}}
	for _, p := range pairs {
		found.Runs += p.Runs
		found.Violations = append(found.Violations, p.Violations...)
	}
	found.Ms = time.Since(began).Milliseconds()
	return found, errors.Join(errs...)
}

// Pairings are all operations with all peers that they can have.
func Pairings() (list []Pairing) {
	for _, o := range contested() {
		peers := Readers()
		if o.Before[0].Op == "open" {
			peers = Writers()
		}
		for _, p := range peers {
			if len(p.acts) == 1 || short[o.Name] {
				list = append(list, Pairing{o, p})
			}
		}
	}
	return list
}

// short are the operations that a peer acts twice in: one of each kind, since
// the runs are as many as the pairs of stops.
var short = map[string]bool{
	"push": true, "push-wrap": true, "reserve-commit": true, "push-into-full": true,
	"pop": true, "pop-wrap": true, "peek-release": true, "pop-from-empty": true,
}

// contested are the operations of the table that the other side can do anything
// to, and a few that are of interest only then. A message of 4 KiB is 256 bytes
// again, and again; a long one is pushed in two steps below.
func contested() (list []Operation) {
	without := map[string]bool{"push-4096": true, "push-woken": true, "pop-woken": true, "push-long": true, "pop-marker": true}
	for _, o := range Operations() {
		if !o.Makes && !o.Replaces && !without[o.Name] {
			o.Peer = nil
			list = append(list, o)
		}
	}
	for i := range list {
		if list[i].Name == "attach" || list[i].Name == "open" {
			list[i].Before = []Step{{Op: list[i].Name}, {Op: "close-" + map[string]string{"attach": "writer", "open": "reader"}[list[i].Name]}}
		}
	}
	full := msgs(msg("o1", 60), msg("o2", 60), msg("o3", 60), msg("o4", 60))
	m := msg("M", 40)
	return append(list,
		push("push-batch-into-full", "push-batch", small, 64, full, m, msg("N", 100), msg("O", 0)),
		push("reserve-commit-into-full", "reserve-commit", small, 64, full, m),
		push("push-wrap-into-full", "push", wrapping, 384,
			msgs(msg("o1", 60), msg("o2", 60), msg("o3", 124), msg("o4", 124), msg("o5", 124)), msg("M", 130)),
		push("push-in-two-steps", "push", 128, 64, nil, msg("M", 100)),
		warm(push("push-warm", "try-push", small, 64, msgs(msg("o1", 10)), m)),
		warm(push("push-in-two-steps-warm", "push", small, 64, nil, msg("M", 200))),
		warm(push("push-batch-wrap-warm", "push-batch", wrapping, 320, msgs(msg("o1", 20)), m, msg("N", 100), msg("O", 30))),
		warm(push("reserve-commit-warm", "reserve-commit", small, 64, nil, m)),
		warm(pop("pop-warm", "pop", small, 64, 1, full...)),
		warm(pop("pop-wrap-warm", "pop", wrapping, 384, 1, wrapped()...)),
		warm(pop("peek-release-warm", "peek-release", small, 64, 3, full...)),
		warm(pop("pop-from-empty-warm", "pop", small, 64, 0, msg("o1", 60))),
		pop("pop-from-full", "pop", small, 64, 1, full...),
		pop("peek-release-from-empty", "peek-release", small, 64, 0),
	)
}

// warm has the operation's process do one before it, so that it has woken
// somebody already, and goes by the event when it may do without.
func warm(o Operation) Operation {
	if o.Before[0].Op == "attach" {
		o.Before = append(o.Before, Step{Op: "try-push", Msgs: msgs(msg("W", 60))})
	} else {
		o.Before = append(o.Before, Step{Op: "pop"})
	}
	return o
}

// initial are the messages that are in the ring when the operation begins.
func (o Operation) initial() [][]byte {
	list := append([][]byte{}, o.Older[o.Passed:]...)
	for _, st := range o.Before {
		switch st.Op {
		case "try-push":
			list = append(list, st.Msgs...)
		case "pop":
			list = list[1:]
		}
	}
	return list
}

// Run lets the peer act at every stop of the operation, in a run for each; if it
// acts in two parts, at every two of them.
func (d Pairing) Run(ctx context.Context, program, dir string) (p Pair, err error) {
	p = Pair{Op: d.Op.Name, Peer: d.Peer.Name}
	folder, err := os.MkdirTemp(dir, "interleave-")
	if err != nil {
		return p, err
	}
	defer os.RemoveAll(folder)
	once := func(at ...int) (stops int, err error) {
		one := pairingRun{Pairing: d, at: at}
		if err := one.run(ctx, program, folder); err != nil {
			return 0, fmt.Errorf("%s and %s at stop %d: %w", d.Op.Name, d.Peer.Name, at, err)
		}
		p.Runs++
		p.Violations = append(p.Violations, one.wrong...)
		return one.stops, nil
	}
	// What the peer does changes what comes after: only a stop that is not
	// reached is behind the last one. That run is the operation alone.
	for i := 0; ; i++ {
		stops, err := once(append([]int{i}, never[:len(d.Peer.acts)-1]...)...)
		if err != nil || i >= stops {
			return p, err
		}
		p.Stops++
		for j := i + 1; len(d.Peer.acts) == 2 && j < stops; j++ {
			if stops, err = once(i, j); err != nil {
				return p, err
			}
		}
	}
}

// never is the stop of an act that nobody waits for: it comes at the end.
var never = []int{math.MaxInt}

// A Pairing is an operation in the middle of which a peer acts.
type Pairing struct {
	Op   Operation
	Peer Peer
}

// pairingRun is one run of it.
type pairingRun struct {
	Pairing
	*side
	at    []int     // the stops, from 0, at which the peer acts
	acted int       // how often it has
	stops int       // so far
	slept int       // how often in a row with the indices as they are
	stood [2]uint64 // these
	where []int     // ordinals of the states at which it acted
	wrong []string
	fatal error
}

// patience is the watchdog's: no verdict depends on it.
const patience = time.Minute

// run lets the peer act at the given stops of a fresh child.
func (d *pairingRun) run(ctx context.Context, program, dir string) error {
	path := filepath.Join(dir, "ring")
	for _, name := range files(path) {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	w, r, err := d.Op.hold(path)
	if err != nil {
		return err
	}
	d.side = &side{path: path, w: w, r: r, expected: len(d.Op.initial()) + len(d.Op.Sends)}
	defer d.leave()
	if d.Peer.Late || d.Peer.Writes {
		d.r, err = nil, errors.Join(r.Close(), givenUp(path, readerRole))
	}
	if d.Peer.Late || !d.Peer.Writes {
		d.w, err = nil, errors.Join(err, w.Close(), givenUp(path, writerRole))
	}
	if err != nil {
		return err
	}
	text, err := json.Marshal(struct {
		Path       string
		Before, Do []Step
	}{path, d.Op.Before, d.Op.Do})
	if err != nil {
		return err
	}
	trace, err := explore.Run(ctx, explore.Config{
		Command:  []string{program, "explore", string(text)},
		Files:    []string{path},
		Engine:   explore.Accesses,
		Watchdog: patience,
		OnStop:   d.stop,
	})
	switch {
	case d.fatal != nil:
		d.complain("%v", d.fatal)
		err = nil
	case broken(err):
		d.complain("%v", err)
		err = nil
	case err == nil:
		d.judge(trace)
	}
	for i := range d.wrong {
		d.wrong[i] = d.place(trace) + ": " + d.wrong[i]
	}
	return err
}

func (d *pairingRun) complain(format string, args ...any) {
	d.wrong = append(d.wrong, fmt.Sprintf(format, args...))
}

// place says where the peer acted.
func (d *pairingRun) place(trace *explore.Trace) string {
	text := d.Op.Name + " and " + d.Peer.Name
	for _, ordinal := range d.where {
		text += " at " + where(&trace.States[ordinal])
	}
	return text
}

// stop is every state of the child. After a store nothing happens until the next
// access or call, which is a stop too.
func (d *pairingRun) stop(s *explore.State) explore.Action {
	d.settle()
	switch s.Kind {
	case explore.Store:
		return explore.Continue
	case explore.End:
		d.check()
		return explore.Continue
	}
	if d.acted < len(d.at) && d.stops == d.at[d.acted] {
		d.where = append(d.where, s.Ordinal)
		d.act()
	}
	d.stops++
	if s.Kind == explore.Asleep && d.fatal == nil {
		d.rouse(s)
	}
	if d.fatal != nil {
		return explore.Kill
	}
	return explore.Continue
}

// act is the next part of what the peer does.
func (d *pairingRun) act() {
	if !d.here() {
		d.fatal = d.arrive(d.Peer.Writes)
	}
	if d.fatal == nil {
		d.fatal = d.Peer.acts[d.acted](d.side)
	}
	d.acted++
	d.settle()
}

// rouse ensures that a child which sleeps goes on. Where it can go on, or its
// event is set, the peer has woken it: that is what the other side's operations
// are for. Where it cannot, the peer goes on with what it has begun, or somebody
// helps.
func (d *pairingRun) rouse(s *explore.State) {
	const enough = 32
	if d.vain(s) > enough {
		d.fatal = fmt.Errorf("it sleeps again and again, and the other side can do nothing for it: %v", ring.Decode(s.Image[0]))
		return
	}
	for tries := 0; ; tries++ {
		file, err := os.ReadFile(d.path)
		if err != nil {
			d.fatal = err
			return
		}
		set := binary.NativeEndian.Uint32(file[s.Syscall.Offset:]) == 1
		if set || d.Op.wakeable(explore.Image{file}, fate{sent: d.published(file)}) {
			break
		}
		if tries == enough {
			d.fatal = fmt.Errorf("it sleeps, and the other side can do nothing for it: %v", ring.Decode(file))
			return
		}
		if d.check(); d.fatal != nil {
			return
		}
		if d.help(); d.fatal != nil {
			return
		}
	}
	sleepers, err := awaken(d.path, s.Syscall.Offset)
	if err != nil {
		d.fatal = err
	}
	if sleepers > 0 {
		d.complain("a wake-up is missed for good: it sleeps, has reason to go on or its event set, and nobody is left to wake it")
	}
}

// vain counts the sleeps between which nobody has moved an index.
func (d *pairingRun) vain(s *explore.State) int {
	now := ring.Decode(s.Image[0])
	if stands := [2]uint64{now.Write, now.Read}; stands != d.stood {
		d.stood, d.slept = stands, 0
	}
	d.slept++
	return d.slept
}

// help has the other side do one thing more.
func (d *pairingRun) help() {
	switch {
	case d.acted > 0 && d.acted < len(d.Peer.acts):
		d.act()
	case !d.settle():
		d.fatal = fmt.Errorf("both sides sleep in %s", d.Op.Name)
	case d.here():
		d.fatal = d.side.help()
	default:
		if d.fatal = d.arrive(d.Peer.Writes); d.fatal == nil {
			d.fatal = errors.Join(d.side.help(), d.leave())
		}
	}
}

// published is how many of its messages a writer that is explored has published.
func (d *pairingRun) published(file []byte) int {
	return len(messages(ring.Decode(file))) + len(d.got) - len(d.Op.initial())
}

// judge decides what has come of it all.
func (d *pairingRun) judge(trace *explore.Trace) {
	d.checkIndices(trace)
	for d.acted > 0 && d.acted < len(d.Peer.acts) && d.fatal == nil {
		if d.act(); d.fatal != nil {
			d.complain("%v", d.fatal)
		}
	}
	var answers []struct {
		Op, Err string
		Msgs    [][]byte
	}
	if err := json.Unmarshal(trace.Stdout, &answers); err != nil {
		d.complain("the child's answers: %v", err)
	}
	if err := d.leave(); err != nil {
		d.complain("%v", err)
	}
	got := d.got
	for _, a := range answers {
		if a.Err != "" {
			d.complain("it fails: %s: %s", a.Op, a.Err)
		}
		got = append(got, a.Msgs...) // the peer has got none, if it has
	}
	d.checkMessages(append(append(d.Op.initial(), d.Op.Sends...), d.sent...), got)
}

// checkIndices looks at the indices of every state: they never go back.
func (d *pairingRun) checkIndices(trace *explore.Trace) {
	var last ring.Snapshot
	for i := range trace.States {
		s := &trace.States[i]
		now := ring.Decode(s.Image[0])
		if now.Problem != nil || i > 0 && (now.Write < last.Write || now.Read < last.Read || now.Commit < last.Commit) {
			d.complain("at %s the indices are wrong: %v", where(s), now)
			return
		}
		last = now
	}
}

// checkMessages has a successor get what is left: all that was sent has then
// been received, once and in order. The ring takes and delivers a lap after it.
func (d *pairingRun) checkMessages(sent, got [][]byte) {
	r, err := ring.Open(d.path)
	if err != nil {
		d.complain("afterwards: %v", err)
		return
	}
	defer r.Close()
	rest, err := drain(r)
	if err != nil {
		d.complain("afterwards: %v", err)
	}
	if got = append(got, rest...); !equal(sent, got) {
		d.complain("sent are %s, received %s", names(sent), names(got))
	}
	if err := lap(d.path, r); err != nil {
		d.complain("afterwards: %v", err)
	}
}

// A Peer is what the other side does while an operation stands still: one whole
// operation, or one in two parts, each at a stop of its own.
type Peer struct {
	Name string
	// Late: it arrives then. Else it has been there from before the operation,
	// has sent or taken what came before, and remembers what it saw.
	Late bool
	// Writes tells which side it is on.
	Writes bool

	acts []func(*side) error
}

// Readers are the peers of a writer, Writers those of a reader.
func Readers() []Peer {
	return []Peer{
		{Name: "pop", acts: acts((*side).pop)},
		{Name: "pop two", acts: acts((*side).popTwo)},
		{Name: "peek, release", acts: acts((*side).peekRelease)},
		{Name: "open, pop", Late: true, acts: acts((*side).pop)},
		{Name: "pop all, waiting", acts: acts((*side).popAll)},
		{Name: "pop | pop", acts: acts((*side).pop, (*side).pop)},
		{Name: "peek | release", acts: acts((*side).peek, (*side).release)},
	}
}

// Writers are the peers of a reader.
func Writers() []Peer {
	return []Peer{
		{Name: "push", Writes: true, acts: acts((*side).push)},
		{Name: "push a batch", Writes: true, acts: acts((*side).pushBatch)},
		{Name: "push a long one", Writes: true, acts: acts((*side).pushLong)},
		{Name: "reserve, commit", Writes: true, acts: acts((*side).reserveCommit)},
		{Name: "attach, push", Late: true, Writes: true, acts: acts((*side).push)},
		{Name: "push many, waiting", Writes: true, acts: acts((*side).pushMany)},
		{Name: "push a long one, waiting", Writes: true, acts: acts((*side).pushLongWaiting)},
		{Name: "push | push", Writes: true, acts: acts((*side).push, (*side).push)},
		{Name: "reserve | commit", Writes: true, acts: acts((*side).reserve, (*side).commit)},
	}
}

func acts(list ...func(*side) error) []func(*side) error { return list }

// side is the end that a peer holds, and all that it has sent and got.
type side struct {
	path      string
	w         *ring.Writer
	r         *ring.Reader
	sent, got [][]byte

	held [][]byte // peeked, not released
	body []byte   // reserved, not committed

	waiter   *waiter // an operation that waits, or has waited
	expected int     // messages that a reader will have got in the end
	size     int     // bytes of the messages for which a writer waits
}

// arrive opens the end of a peer that is not there yet.
func (s *side) arrive(writes bool) (err error) {
	if writes {
		s.w, err = ring.Attach(s.path, ring.WithoutPolling())
	} else {
		s.r, err = ring.Open(s.path, ring.WithoutPolling())
	}
	return err
}

func (s *side) here() bool { return s.w != nil || s.r != nil }

// leave closes the end, and waits until its role is free.
func (s *side) leave() (err error) {
	if s.waiter != nil {
		err = s.waiter.stop()
		s.waiter = nil
	}
	if s.w != nil {
		err = errors.Join(err, s.w.Close(), givenUp(s.path, writerRole))
	}
	if s.r != nil {
		err = errors.Join(err, s.r.Close(), givenUp(s.path, readerRole))
	}
	s.w, s.r = nil, nil
	return err
}

// help does what a side that sleeps waits for.
func (s *side) help() error {
	if s.w != nil {
		return s.push()
	}
	return s.pop()
}

func (s *side) pop() error {
	m, err := s.r.TryPop(nil)
	if err == nil {
		s.got = append(s.got, m)
	}
	return unless(err, ring.ErrEmpty)
}

func (s *side) popTwo() error { return errors.Join(s.pop(), s.pop()) }

func (s *side) peek() error {
	for {
		m, err := s.r.TryPeek()
		if err != nil {
			return unless(err, ring.ErrEmpty)
		}
		s.held = append(s.held, m)
	}
}

// release looks at the messages only now: nobody may have touched them.
func (s *side) release() error {
	for _, m := range s.held {
		s.got = append(s.got, append([]byte{}, m...))
	}
	s.held = nil
	return s.r.Release()
}

func (s *side) peekRelease() error { return errors.Join(s.peek(), s.release()) }

// fresh is a message that was not sent yet.
func (s *side) fresh(size int) []byte { return msg(fmt.Sprintf("P%d", len(s.sent)), size) }

func (s *side) push() error {
	m := s.fresh(20)
	err := s.w.TryPush(m)
	if err == nil {
		s.sent = append(s.sent, m)
	}
	return unless(err, ring.ErrFull)
}

func (s *side) pushBatch() error {
	batch := [][]byte{s.fresh(20), {}, msg("Q", 44)}
	n, err := s.w.TryPushBatch(batch)
	s.sent = append(s.sent, batch[:n]...)
	return unless(err, ring.ErrFull)
}

// pushLong sends what has room only once the reader has followed to the next
// lap, or no room at all.
func (s *side) pushLong() error {
	m := s.fresh(s.long())
	err := s.w.TryPush(m)
	if err == nil {
		s.sent = append(s.sent, m)
	}
	return unless(err, ring.ErrFull)
}

func (s *side) long() int { return s.w.Capacity() - 24 }

func (s *side) reserve() (err error) {
	s.body, err = s.w.TryReserve(20)
	return unless(err, ring.ErrFull)
}

func (s *side) commit() error {
	if s.body == nil {
		return nil
	}
	m := s.fresh(len(s.body))
	copy(s.body, m)
	s.body = nil
	s.sent = append(s.sent, m)
	return s.w.Commit(len(m))
}

func (s *side) reserveCommit() error { return errors.Join(s.reserve(), s.commit()) }

func unless(err, allowed error) error {
	if errors.Is(err, allowed) {
		return nil
	}
	return err
}

// waiter is a peer's operation that waits, on a thread of its own: only one of
// the two sides ever runs, the explored one from stop to stop, the waiter until
// it sleeps.
type waiter struct {
	thread int
	cancel context.CancelFunc
	done   chan struct{}

	mu  sync.Mutex
	err error
}

// wait begins an operation that waits.
func (s *side) wait(operation func(context.Context) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	s.waiter = &waiter{cancel: cancel, done: make(chan struct{})}
	started := make(chan int)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(s.waiter.done)
		started <- unix.Gettid()
		s.waiter.err = operation(ctx)
	}()
	s.waiter.thread = <-started
	s.settle()
	return nil
}

// popAll pops until it has got all messages that there will ever be.
func (s *side) popAll() error {
	missing := s.expected - len(s.got)
	return s.wait(func(ctx context.Context) error {
		for range missing {
			m, err := s.r.Pop(ctx, nil)
			if err != nil {
				return err
			}
			s.waiter.mu.Lock()
			s.got = append(s.got, m)
			s.waiter.mu.Unlock()
		}
		return nil
	})
}

// pushMany pushes more than the ring can hold.
func (s *side) pushMany() error {
	const size = 60
	return s.pushWaiting(size, s.w.Capacity()/size+1)
}

// pushLongWaiting pushes what the reader has to follow to the next lap for.
func (s *side) pushLongWaiting() error { return s.pushWaiting(s.long(), 1) }

func (s *side) pushWaiting(size, messages int) error {
	s.size = size
	return s.wait(func(ctx context.Context) error {
		for range messages {
			m := s.fresh(size)
			if err := s.w.Push(ctx, m); err != nil {
				return err
			}
			s.waiter.mu.Lock()
			s.sent = append(s.sent, m)
			s.waiter.mu.Unlock()
		}
		return nil
	})
}

// settle waits until a waiter has done its operation, or sleeps.
func (s *side) settle() (done bool) {
	if s.waiter == nil {
		return true
	}
	for {
		select {
		case <-s.waiter.done:
			return true
		default:
		}
		if s.waiter.asleep() {
			s.waiter.mu.Lock() // what it did before it slept is seen from here on
			defer s.waiter.mu.Unlock()
			return false
		}
		time.Sleep(10 * time.Microsecond)
	}
}

// asleep reports whether the kernel has the waiter within a futex wait on shared
// memory; those of Go's runtime are private. A thread that was just woken may
// still be shown within its call, but not as sleeping.
func (w *waiter) asleep() bool {
	for range 2 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", w.thread))
		_, state, ok := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
		if err != nil || !ok || state[0] != 'S' {
			return false
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/syscall", w.thread))
		f := strings.Fields(string(text))
		const sharedWait = "0x0"
		if err != nil || len(f) < 3 || f[0] != fmt.Sprint(unix.SYS_FUTEX) || f[2] != sharedWait {
			return false
		}
	}
	return true
}

// stop ends a waiter that is asleep, or has ended.
func (w *waiter) stop() error {
	w.cancel()
	<-w.done
	return unless(w.err, context.Canceled)
}

// owed reports whether the waiter sleeps and could go on: there is a message, or
// room for the next one.
func (s *side) owed(file []byte) bool {
	if s.settle() {
		return false
	}
	o := Operation{}
	if s.w != nil {
		o.Sends = [][]byte{make([]byte, s.size)}
	}
	return o.wakeable(explore.Image{file}, fate{})
}

// check complains if the waiter sleeps and could go on, while the other side has
// nothing more to do; and wakes it.
func (d *pairingRun) check() {
	file, err := os.ReadFile(d.path)
	if err != nil {
		d.fatal = err
		return
	}
	if !d.owed(file) {
		return
	}
	offset := int64(ring.DataAvailOffset)
	if d.w != nil {
		offset = ring.SpaceAvailOffset
	}
	sleepers, err := awaken(d.path, offset)
	if err != nil || sleepers == 0 {
		d.fatal = errors.Join(err, fmt.Errorf("%w: the peer was to sleep", explore.ErrCannot))
		return
	}
	d.complain("a wake-up is missed for good: the peer sleeps, has reason to go on, and nobody is left to wake it")
	d.settle()
}
