package scenarios

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/harness"
)

// TestWhatIsCertain: only what the ring, or the victim in its place, has done
// makes a cell fail; all else that ends one early is unknown.
func TestWhatIsCertain(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want Verdict
	}{
		{"wrong", fmt.Errorf("%w: it is so", errWrong), Fail},
		{"nothing can happen any more", errDeadlock, Fail},
		{"never reached", harness.ErrNeverReached, Fail},
		{"an end of its own", harness.ErrExited, Fail},
		{"another end", harness.ErrEnding, Fail},
		{"an operation that failed", &harness.CallError{Child: "victim", Op: "push", Text: "corrupt"}, Fail},
		{"an operation that lacks room", &harness.CallError{Child: "victim", Op: "create", Text: "no space", Errno: "ENOSPC"}, Unknown},
		{"an operation that lacks a right", fmt.Errorf("wait: %w", &harness.CallError{Errno: "EACCES"}), Unknown},
		{"never reached for want of a descriptor", errors.Join(harness.ErrNeverReached, unix.EMFILE), Unknown},
		{"no memory here", fmt.Errorf("start peer: %w", unix.ENOMEM), Unknown},
		{"a read-only file system here", fmt.Errorf("write: %w", unix.EROFS), Unknown},
		{"killed by somebody else", errors.Join(harness.ErrExited, harness.ErrDisturbed), Unknown},
		{"no time left", harness.ErrDeadline, Unknown},
		{"interrupted", context.Canceled, Unknown},
		{"another protocol", harness.ErrProtocol, Unknown},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := Result{Verdict: Unknown}
			r.judge(nil, row.err)
			if r.Verdict != row.want || len(r.Detail) == 0 {
				t.Errorf("%s, %q, want %s and why", r.Verdict, r.Detail, row.want)
			}
		})
	}
}
