package explored

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// A Duel is an operation in the middle of which a peer acts.
type Duel struct {
	Op   Operation
	Peer Peer
}

// duel is one run of it.
type duel struct {
	Duel
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
func (d *duel) run(ctx context.Context, program, dir string) error {
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

func (d *duel) complain(format string, args ...any) {
	d.wrong = append(d.wrong, fmt.Sprintf(format, args...))
}

// place says where the peer acted.
func (d *duel) place(trace *explore.Trace) string {
	text := d.Op.Name + " and " + d.Peer.Name
	for _, ordinal := range d.where {
		text += " at " + where(&trace.States[ordinal])
	}
	return text
}

// stop is every state of the child. After a store nothing happens until the next
// access or call, which is a stop too.
func (d *duel) stop(s *explore.State) explore.Action {
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
func (d *duel) act() {
	if !d.here() {
		d.fatal = d.arrive(d.Peer.Writes)
	}
	if d.fatal == nil {
		d.fatal = d.Peer.acts[d.acted](d.side)
	}
	d.acted++
	d.settle()
}

// rouse sees to it that a child which sleeps goes on. Where it can go on, or its
// event is set, the peer has woken it: that is what the other side's operations
// are for. Where it cannot, the peer goes on with what it has begun, or somebody
// helps.
func (d *duel) rouse(s *explore.State) {
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
func (d *duel) vain(s *explore.State) int {
	now := ring.Decode(s.Image[0])
	if stands := [2]uint64{now.Write, now.Read}; stands != d.stood {
		d.stood, d.slept = stands, 0
	}
	d.slept++
	return d.slept
}

// help has the other side do one thing more.
func (d *duel) help() {
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
func (d *duel) published(file []byte) int {
	return len(messages(ring.Decode(file))) + len(d.got) - len(d.Op.initial())
}

// judge decides what has come of it all.
func (d *duel) judge(trace *explore.Trace) {
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
func (d *duel) checkIndices(trace *explore.Trace) {
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
func (d *duel) checkMessages(sent, got [][]byte) {
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
