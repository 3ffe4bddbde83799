package soak

import (
	"context"
	"fmt"
	"time"
)

const (
	glance = 100 * time.Microsecond // between two looks at the books
	stare  = 5 * time.Millisecond   // between two looks at who sleeps
)

// flows waits until messages go through again: the writer that there is now has
// got rid of one, and the reader that there is now has got one of that writer's.
func (r *round) flows(ctx context.Context) error {
	return r.await(ctx, "messages to flow", false, r.flow())
}

// flow returns what reports whether messages have gone through since now.
func (r *round) flow() (gone func() bool) {
	writer, reader := r.lives[Writer], r.lives[Reader]
	sent, taken := r.books.Sent(writer).Done, r.books.Taken(reader).Last
	return func() bool {
		last := r.books.Taken(reader).Last
		return r.books.Sent(writer).Done > sent && last != taken && last.Life() == writer
	}
}

// await waits for something that must happen. It gives up with certainty if a
// process fails, or if it is proven that nothing will happen any more.
func (r *round) await(ctx context.Context, what string, finishing bool, happened func() bool) error {
	limit := time.Now().Add(r.Patience)
	stared := time.Now()
	var stuck stuckness
	for !happened() {
		if err := r.failed(finishing); err != nil {
			return err
		}
		if time.Since(stared) > stare {
			stared = time.Now()
			if stuck.look(r, (*end).sleeps) && !happened() {
				return certain("waiting for %s: both ends sleep on words that they share, and nobody is left to wake them", what)
			}
		}
		if time.Now().After(limit) {
			if stuck.blind != nil {
				return fmt.Errorf("waiting for %s: not within %v, and it cannot be seen why: %w", what, r.Patience, stuck.blind)
			}
			return fmt.Errorf("waiting for %s: not within %v, and the processes are not seen to sleep for good", what, r.Patience)
		}
		if err := pause(ctx, glance); err != nil {
			return err
		}
	}
	return r.failed(finishing)
}
