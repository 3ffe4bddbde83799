package soak

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
)

// TestWhatAnErrorIsWorth: only what the two processes have done is a finding.
func TestWhatAnErrorIsWorth(t *testing.T) {
	for _, row := range []struct {
		err  error
		want Verdict
	}{
		{certain("a message is missing"), Fail},
		{fmt.Errorf("round 1: %w", certain("a message is missing")), Fail},
		{&harness.CallError{Op: "push", Text: "corrupt"}, Fail},
		{harness.ErrExited, Fail},
		{&harness.CallError{Op: "create", Text: "no space", Errno: "ENOSPC"}, Unknown},
		{fmt.Errorf("start writer 3: %w", unix.EMFILE), Unknown},
		{fmt.Errorf("%w: %w", harness.ErrExited, harness.ErrDisturbed), Unknown},
		{errors.Join(certain("writer 1 has ended by itself"), harness.ErrDisturbed), Unknown},
		{harness.ErrDeadline, Unknown},
		{context.Canceled, Unknown},
		{errors.New("waiting for messages to flow: not within 1m0s"), Unknown},
	} {
		if got, err := new(round).verdict(row.err); got != row.want || !errors.Is(err, row.err) {
			t.Errorf("%v: %s (%v), want %s", row.err, got, err, row.want)
		}
	}
}

// TestASleepIsProvenByMoreThanOneLook: a process that was seen once may have been
// about to wake up.
func TestASleepIsProvenByMoreThanOneLook(t *testing.T) {
	limit := 2 * time.Millisecond
	forever := func(n int64) harness.FutexWait { return harness.FutexWait{Sleeps: n} }
	poll := func(n int64) harness.FutexWait { return harness.FutexWait{Sleeps: n, Timeout: &limit} }
	for _, row := range []struct {
		name  string
		looks []harness.FutexWait
		want  bool
	}{
		{"never seen", nil, false},
		{"seen once", []harness.FutexWait{forever(1)}, false},
		{"seen twice in one sleep", []harness.FutexWait{forever(1), forever(1)}, true},
		{"seen in two sleeps", []harness.FutexWait{forever(1), forever(2)}, false},
		{"seen in two and again in the second", []harness.FutexWait{forever(1), forever(2), forever(2)}, true},
		{"polled once", []harness.FutexWait{poll(1)}, false},
		{"polled once, seen often", []harness.FutexWait{poll(1), poll(1), poll(1), poll(1)}, false},
		{"polled twice", []harness.FutexWait{poll(1), poll(2)}, false},
		{"polled three times", []harness.FutexWait{poll(1), poll(2), poll(3)}, true},
	} {
		s := sleeps{polls: map[int64]bool{}}
		for _, w := range row.looks {
			s.in(w)
		}
		if s.settled() != row.want {
			t.Errorf("%s: settled %v, want %v", row.name, !row.want, row.want)
		}
	}
}
