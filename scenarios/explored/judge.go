package explored

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// fate is how far an operation has come, as those see it that come after its
// death: how many of the older messages are consumed, how many of its own are
// delivered. It never goes back.
type fate struct{ taken, sent int }

// judge opens an image as a reader and a writer would after a death, and
// returns what must not be. Done says that the operation has returned, last how
// far it had come before.
func judge(o Operation, image explore.Image, last fate, done bool, dir string) (f fate, wrong []string) {
	path := filepath.Join(dir, "judged")
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	put := func() { // every question gets an image of its own
		for i, name := range files(path) {
			os.Remove(name)
			if image[i] != nil {
				if err := os.WriteFile(name, image[i], 0o600); err != nil {
					complain("%v", err)
				}
			}
		}
	}
	defer func() {
		for _, name := range files(path) {
			os.Remove(name)
		}
	}()
	if s := ring.Decode(image[0]); s.Problem == nil && s.Commit > s.Write {
		complain("commit is %d, beyond write at %d", s.Commit, s.Write)
	}
	put()
	r, err := ring.Open(path)
	if err != nil {
		unmade := o.Makes && !done && ring.Decode(image[0]).Magic == 0 && (errors.Is(err, ring.ErrLayout) || errors.Is(err, fs.ErrNotExist))
		if !unmade {
			complain("a reader cannot open it: %v", err)
		}
		if _, err := ring.Attach(path); err == nil {
			complain("a writer can attach, a reader cannot open")
		}
		return f, wrong
	}
	got, err := drain(r)
	if err != nil {
		complain("a reader fails: %v", err)
	}
	var known bool
	if f, known = o.fate(got, last); !known {
		complain("a reader gets %s, after %d were taken and %d delivered", names(got), last.taken, last.sent)
	} else if done && f != (fate{o.Takes, len(o.Sends)}) && !o.Replaces {
		complain("the operation has returned, %d of %d are taken and %d of %d delivered", f.taken, o.Takes, f.sent, len(o.Sends))
	}
	if err := lap(path, r); err != nil {
		complain("afterwards: %v", err)
	}
	r.Close()

	put()
	after, err := successor(path)
	if err != nil {
		complain("a writer that comes first: %v", err)
	} else if len(after) < len(got) || !equal(after[:len(got)], got) {
		complain("a writer that comes first makes %s of %s", names(after), names(got))
	}
	put()
	if w, err := ring.Create(path, small, ring.WithReplace()); err != nil {
		complain("it cannot be replaced: %v", err)
	} else {
		w.Close()
	}
	return f, wrong
}

// claims reports whether a header that the operation has stored in free room says
// READY of a body that is not there.
func (o Operation) claims(before, image explore.Image) bool {
	s := ring.Decode(image[0])
	if s.Next == nil || !s.Next.Ready || s.Next.Wrap || before[0] == nil {
		return false
	}
	at := ring.HeaderSize + s.Next.Offset
	if bytes.Equal(before[0][at:at+word], image[0][at:at+word]) {
		return false // of an earlier lap
	}
	for _, m := range o.Sends {
		if bytes.Equal(m, s.Next.Body) {
			return false
		}
	}
	return true
}

// fate tells what the messages that a successor gets amount to: the least that
// does not undo what had been done before.
func (o Operation) fate(got [][]byte, last fate) (fate, bool) {
	if o.Replaces && len(got) == 0 {
		return fate{}, true
	}
	older := o.Older[o.Passed:]
	all := append(append([][]byte{}, older...), o.Sends...)
	for taken := last.taken; taken <= o.Takes; taken++ {
		for sent := last.sent; sent <= len(o.Sends); sent++ {
			if end := len(older) + sent; taken <= end && equal(all[taken:end], got) {
				return fate{taken, sent}, true
			}
		}
	}
	return fate{}, false
}

// drain pops all there is; more than a ring can hold is no end.
func drain(r *ring.Reader) (got [][]byte, err error) {
	for range r.Capacity() {
		m, err := r.TryPop(nil)
		if errors.Is(err, ring.ErrEmpty) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		got = append(got, m)
	}
	return got, errors.New("messages without end")
}

// lap has a successor send more than a lap of messages through an empty ring.
func lap(path string, r *ring.Reader) error {
	w, err := ring.Attach(path)
	if err != nil {
		return fmt.Errorf("a writer cannot attach: %w", err)
	}
	defer w.Close()
	for i, sent := 0, 0; sent <= 2*w.Capacity(); i++ {
		m := msg(fmt.Sprintf("L%d", i), w.Capacity()/7)
		err := w.TryPush(m)
		if errors.Is(err, ring.ErrFull) { // the two steps of a long message
			if _, err := r.TryPop(nil); !errors.Is(err, ring.ErrEmpty) {
				return fmt.Errorf("message %d: the ring is full and not empty: %v", i, err)
			}
			err = w.TryPush(m)
		}
		if err != nil {
			return fmt.Errorf("message %d of a lap: %w", i, err)
		}
		if got, err := r.TryPop(nil); err != nil || !bytes.Equal(got, m) {
			return fmt.Errorf("message %d of a lap arrives as %q, %w", i, got, err)
		}
		sent += ring.RecordSize(len(m))
	}
	return nil
}

// successor attaches and sends one message, if there is room, before a reader
// comes and gets all.
func successor(path string) (got [][]byte, err error) {
	w, err := ring.Attach(path)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	n := msg("successor", 12)
	pushed := w.TryPush(n)
	if pushed != nil && !errors.Is(pushed, ring.ErrFull) {
		return nil, pushed
	}
	r, err := ring.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if got, err = drain(r); err != nil {
		return got, err
	}
	if pushed == nil && (len(got) == 0 || !bytes.Equal(got[len(got)-1], n)) {
		return got, fmt.Errorf("its message is lost: a reader gets %s", names(got))
	}
	return got, nil
}

func equal(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// names shortens messages for people.
func names(got [][]byte) string {
	list := []string{}
	for _, m := range got {
		list = append(list, fmt.Sprintf("%.12q/%d", m, len(m)))
	}
	return fmt.Sprint(list)
}

// signals judges what an operation tells the other side: nothing if it has
// nothing to store. Else it wakes, with the event set by then, after it has
// stored an index for the first time; who is awake finds the later ones. One that
// has waited has signalled before, and need not do so again while the event is set.
// What it has stored by the time it sleeps itself it has told as well.
func (b *exploration) signals(trace *explore.Trace) (wrong []string) {
	if b.Silent && (trace.Stats.Stores > 0 || trace.Stats.Images > 1) {
		wrong = append(wrong, fmt.Sprintf("it stores %d times, and has nothing to store", trace.Stats.Stores))
	}
	if b.Wakes == 0 || trace.Ending != explore.Finished && trace.Ending != explore.Sleeping {
		return wrong
	}
	moved, woken, signalled := false, false, false
	first := ring.Decode(trace.States[0].Image[0])
	for i := range trace.States {
		s := &trace.States[i]
		now, set := ring.Decode(s.Image[0]), binary.NativeEndian.Uint32(s.Image[0][b.Wakes:]) == 1
		if !moved && (now.Write != first.Write && b.Wakes == ring.DataAvailOffset ||
			now.Read != first.Read && b.Wakes == ring.SpaceAvailOffset) {
			moved, woken = true, b.Sleeps && signalled && set
		}
		if c := s.Syscall; s.Kind == explore.Leave && c.Name == "futex" && c.Offset == b.Wakes {
			signalled, woken = set, moved && set
		}
		if s.Kind == explore.Asleep && moved && !woken {
			return append(wrong, where(s)+": it sleeps, and the other side was not woken after the index was stored")
		}
	}
	if !woken && trace.Ending == explore.Finished {
		wrong = append(wrong, "the other side is not woken after the index was stored")
	}
	return wrong
}

// idleCalls judges what an operation costs that has no reason to sleep, beside
// nobody who does: the first wake of its process on each event, because what a
// predecessor has left is not known, and no other system call.
func (b *exploration) idleCalls(trace *explore.Trace) (wrong []string) {
	if b.Wakes == 0 || b.Sleeps {
		return nil
	}
	woken := map[int64]bool{}
	for i := range trace.States {
		s := &trace.States[i]
		c := s.Syscall
		if s.Kind != explore.Leave {
			continue
		}
		const operation, wake = 0x7f, 1 // without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME; FUTEX_WAKE
		event := c.Offset == ring.DataAvailOffset || c.Offset == ring.SpaceAvailOffset
		switch {
		case c.Name != "futex" || !event || c.Args[1]&operation != wake:
			wrong = append(wrong, fmt.Sprintf("%s: it has no reason to call %s", where(s), c))
		case woken[c.Offset]:
			wrong = append(wrong, where(s)+": it wakes once more, and nobody sleeps")
		}
		woken[c.Offset] = true
	}
	return wrong
}
