package soak

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/soak/ledger"
)

// kill kills those of the step, and looks at what they leave.
func (r *round) kill(ctx context.Context, s Step) error {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	for _, role := range s.Who { // both are on their way before the first is waited for
		if err := r.ends[role].child.Signal(unix.SIGKILL); err != nil {
			return err
		}
	}
	for _, role := range s.Who {
		e := r.ends[role]
		exit, err := e.child.WaitExit(ctx)
		if err != nil {
			return err
		}
		if err := e.failed(false); err != nil { // it has said so before it died
			return err
		}
		if !exit.Killed() {
			return fmt.Errorf("%s was to be killed, and had ended by itself: %w", e.name(), e.child.Ending())
		}
		r.result.Kills++
		r.result.Killed[role]++
		r.result.Longest = max(r.result.Longest, time.Since(e.born))
	}
	if len(s.Who) > 1 {
		r.result.Together++
	}
	if s.Starting {
		r.result.Starting++
	}
	return r.afterwards(s)
}

// afterwards looks at what a death has left: it is sound, it holds messages that
// were sent, in order, and where the reader is dead, those that come next.
func (r *round) afterwards(s Step) error {
	unread, err := r.Subject.Unread(r.path)
	if err != nil {
		return certain("after the death of %v: %w", s.Who, err)
	}
	books := r.books.Books(r.lives[Writer], r.lives[Reader])
	if s.strikes(Writer) {
		if err := books.Ended(r.lives[Writer]); err != nil {
			return certain("%w", err)
		}
	}
	scratch := make([]byte, r.books.Format.Longest)
	before := ledger.ID(0)
	for i, msg := range unread {
		id, err := r.books.Format.Read(msg, scratch)
		switch {
		case err != nil:
		case i > 0:
			err = books.Follows(before, id)
		case s.strikes(Reader):
			_, _, err = books.First(books.Stand(r.lives[Reader]+1), id)
		}
		if err != nil {
			return certain("after the death of %v, unread message %d of %d: %w", s.Who, i+1, len(unread), err)
		}
		before = id
	}
	return nil
}

// verdict is what an error that has ended a round is worth, with what is to be said
// beside it. Where somebody else has killed or stopped a process, or the machine
// lacks something, nothing is certain, whatever came of it.
func (r *round) verdict(err error) (Verdict, error) {
	var disturbed []error
	for _, role := range Roles {
		if e := r.ends[role]; e != nil {
			disturbed = append(disturbed, e.child.Disturbed())
		}
	}
	if d := errors.Join(disturbed...); d != nil {
		return Unknown, fmt.Errorf("%w; what came of it: %w", d, err)
	}
	if _, lacks := harness.Lack(err); lacks || errors.Is(err, harness.ErrDisturbed) {
		return Unknown, err
	}
	var failed *harness.CallError
	if errors.Is(err, errCertain) || errors.As(err, &failed) || errors.Is(err, harness.ErrExited) {
		return Fail, err
	}
	return Unknown, err
}
