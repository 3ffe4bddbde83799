package explored

import (
	"context"
	"errors"
	"fmt"

	"killpoint/harness"
	"killpoint/harness/explore"
	"killpoint/ring"
)

// succeed has a successor of the victim go on, beside the peer that is there or
// one that comes now. In the end readers must have got exactly what the judge has
// said of the image, and what was sent since.
func (l *beside) succeed(ctx context.Context, want *explore.State, f fate) error {
	if _, ok := l.side(); !ok {
		return l.reopen(ctx, want)
	}
	complain := func(format string, args ...any) {
		l.r.wrong("%s, beside a peer that is %s: %s", where(want), l.state, fmt.Sprintf(format, args...))
	}
	if l.peer == nil {
		p, answer, err := join(ctx, l.program, l.path, "late peer", l.writes, false)
		if err != nil {
			return err
		}
		if answer != nil {
			complain("a late peer: %v", answer)
			return nil
		}
		l.peer = p
	}
	next, answer, err := join(ctx, l.program, l.path, "successor", !l.writes, false)
	if err != nil {
		return err
	}
	if answer != nil {
		complain("a successor: %v", answer)
		return nil
	}
	defer next.Close()
	reader, writer := l.peer, next
	if !l.writes {
		reader, writer = next, l.peer
	}
	if err := l.exchange(ctx, reader, writer); err != nil {
		if failed := (*harness.CallError)(nil); errors.As(err, &failed) || errors.Is(err, errNever) || errors.Is(err, errNoRoom) {
			complain("%v", err)
			return nil
		}
		return err
	}
	if wanted := l.wanted(f, writer.sent); !equal(reader.got, wanted) {
		complain("readers get %s, must get %s", names(reader.got), names(wanted))
	}
	return nil
}

// wanted are the messages that readers get in all: those that the victim has not
// taken, or has published, and those that a writer has sent which is no victim.
func (l *beside) wanted(f fate, sent [][]byte) [][]byte {
	switch {
	case l.state == PeerLate: // what a peer has done meanwhile is part of the operation
	case l.writes:
		f.taken = 0 // by the peer
	default:
		f.sent = 0 // by the peer, and among what it has sent
	}
	all := append(append([][]byte{}, l.Older[l.Passed:]...), l.Sends[:f.sent]...)
	return append(append([][]byte{}, all[f.taken:]...), sent...)
}

// What exchange finds wrong.
var (
	errNever  = errors.New("goes on sleeping beside its work")
	errNoRoom = errors.New("there is no room for another message")
)

// exchange has the writer send one more message and the reader take all. Whoever
// was asleep must be woken by that.
func (l *beside) exchange(ctx context.Context, reader, writer *neighbour) error {
	if writer.pending != nil { // for room, which the reader makes
		if err := reader.drain(ctx); err != nil {
			return err
		}
		if settled, err := writer.settle(ctx); err != nil || settled != harness.Done {
			return errors.Join(err, fmt.Errorf("the writer %w: it is %s", errNever, settled))
		}
		return reader.drain(ctx)
	}
	n := msg("N", 12)
	if l.state == PeerLate { // the older messages may fill the ring
		if err := reader.drain(ctx); err != nil {
			return err
		}
	}
	room, err := writer.put(ctx, n)
	if err != nil {
		return err
	}
	if reader.pending != nil {
		if settled, err := reader.settle(ctx); err != nil || settled != harness.Done {
			return errors.Join(err, fmt.Errorf("the reader %w: it is %s", errNever, settled))
		}
	}
	if err := reader.drain(ctx); err != nil || room {
		return err
	}
	// What was left had filled the ring: there was no room before the reader took it.
	switch room, err := writer.put(ctx, n); {
	case err != nil:
		return err
	case !room:
		return errNoRoom
	}
	return reader.drain(ctx)
}

// reopen has a reader come to what is left of a ring that was being made or
// replaced. It gets what one in this process gets from the same image.
func (l *beside) reopen(ctx context.Context, want *explore.State) error {
	var wanted [][]byte
	r, refused := ring.Open(l.path)
	if refused == nil {
		s, err := ring.Inspect(l.path)
		if err := closing(r, err); err != nil {
			return err
		}
		for _, rec := range s.Records {
			wanted = append(wanted, append([]byte{}, rec.Body...))
		}
	}
	p, answer, err := join(ctx, l.program, l.path, "late peer", true, false)
	switch {
	case err != nil:
		return err
	case (answer != nil) != (refused != nil):
		l.r.wrong("%s: a late reader is told %v, one in this process %v", where(want), answer, refused)
	}
	if p == nil {
		return nil
	}
	defer p.Close()
	if err := p.drain(ctx); err != nil {
		return err
	}
	if !equal(p.got, wanted) {
		l.r.wrong("%s: a late reader gets %s of %s", where(want), names(p.got), names(wanted))
	}
	return nil
}
