package explore

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"
)

// record adds a state, has OnStop look at it, and returns what is to become of
// the victim, as an error. A store that has not changed the image is none.
func (t *tracer) record(kind Kind, r *unix.PtraceRegs, call *Syscall, other bool) error {
	changed, err := t.watch.look()
	if err != nil {
		return err
	}
	if kind == Store && !changed {
		return nil
	}
	s := State{Ordinal: len(t.trace.States), Kind: kind, Image: t.watch.last, Other: other}
	switch {
	case kind == Mark:
		s.Name = call.Path
	case call != nil:
		seen := *call
		s.Syscall = &seen
	}
	switch {
	case r != nil:
		s.place = t.placeOf(kind, r)
	case s.Ordinal > 0: // asleep, where it stood
		s.place = t.trace.Last().place
	}
	if last := s.Ordinal - 1; last >= 0 && !changed && t.same {
		s.Hash, s.Canonical = t.trace.States[last].Hash, t.trace.States[last].Canonical
	} else {
		s.Hash = s.Image.Hash()
		s.Canonical = t.cfg.Canonical(s.Image).Hash()
	}
	t.same = true
	t.trace.States = append(t.trace.States, s)
	if kind == End {
		t.trace.Stats.Operation = time.Since(t.began)
	}
	if t.cfg.OnStop == nil {
		return nil
	}
	action := t.cfg.OnStop(&t.trace.States[s.Ordinal])
	switch action {
	case Kill:
		return errKill
	case Detach:
		return errDetach
	}
	// What others have changed meanwhile is not this thread's doing.
	changed, err = t.watch.look()
	t.same = !changed
	return err
}

// placeOf tells where a thread stands: at the instruction that did it, or at
// the system call instruction.
func (t *tracer) placeOf(kind Kind, r *unix.PtraceRegs) place {
	distance := func(address uint64) int64 { return int64(address - t.origin) }
	pc := r.Rip
	if (kind == Enter || kind == Leave || kind == Mark) && t.isSyscall(pc-syscallSize) {
		pc -= syscallSize
	}
	p := place{pc: distance(pc)}
	stack := t.stack[:peek(t.pid, r.Rsp, t.stack[:])]
	word := func(address uint64) (uint64, bool) {
		at := address - r.Rsp
		if address < r.Rsp || at+8 > uint64(len(stack)) {
			return 0, false
		}
		return binary.LittleEndian.Uint64(stack[at:]), true
	}
	if top, ok := word(r.Rsp); ok {
		p.top = distance(top)
	}
	for frame := r.Rbp; p.depth < maxReturns; p.depth++ {
		caller, ok := word(frame)
		back, ok2 := word(frame + 8)
		if !ok || !ok2 {
			break
		}
		p.returns[p.depth] = distance(back)
		if caller <= frame {
			p.depth++
			break
		}
		frame = caller
	}
	return p
}
