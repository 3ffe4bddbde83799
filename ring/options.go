package ring

import (
	"math"
	"os"
	"strconv"
	"time"
)

const (
	// PollEnv names the environment variable with the default poll interval of
	// both ends, in milliseconds; fractions are allowed ("0.5"). It is read
	// whenever an end is created, attached or opened.
	PollEnv = "IPC_RING_POLL_MS"
	// DefaultPoll is the interval used when nothing else is set, or when what
	// is set is malformed or not positive.
	DefaultPoll = 2 * time.Millisecond
	// MinPoll is the shortest interval; a shorter one is raised to it.
	MinPoll = time.Microsecond
	// PollOff turns polling off: a sleeper waits for the event, its deadline
	// or its context alone, and a peer that died before its wake leaves it
	// asleep.
	PollOff time.Duration = math.MaxInt64
)

// An Option configures one end of a ring.
type Option func(*settings)

type settings struct {
	poll     time.Duration
	stall    time.Duration // 0 is none
	populate bool
	replace  bool
}

// WithPollInterval sets how often a sleeping end looks at the indices by
// itself. It overrides IPC_RING_POLL_MS. A value that is not positive means
// DefaultPoll, a value below MinPoll means MinPoll, PollOff means never.
func WithPollInterval(d time.Duration) Option {
	return func(s *settings) { s.poll = clampPoll(d) }
}

// WithoutPolling is WithPollInterval(PollOff).
func WithoutPolling() Option { return WithPollInterval(PollOff) }

// WithStallTimeout makes an operation that waits give up once the other end has
// not moved for that long: with ErrPeerDead if nobody holds the other end, with
// ErrPeerStalled if somebody does. The time runs anew whenever the other end's
// index moves. A value that is not positive means no time-out, which is the
// default: a dead peer may have a successor.
func WithStallTimeout(d time.Duration) Option {
	return func(s *settings) { s.stall = max(d, 0) }
}

// WithPopulate has all pages of the mapping in place before the end is used,
// in huge pages where the file system has them. That makes creating and opening
// slower, by about 1 ms for 4 MiB, and the first lap as fast as the next ones.
func WithPopulate() Option {
	return func(s *settings) { s.populate = true }
}

// WithReplace lets Create put a fresh ring in the place of one that exists,
// complete or not, as long as no live process holds an end of it; else Create
// returns ErrBusy. The change is atomic: at every moment the path leads to the
// old ring or to the fresh one, complete. A file that is neither a ring nor what
// an unfinished Create leaves (empty, or of a ring's size and all zero but for
// the capacity) is left alone: Create then returns ErrLayout. So it does if there
// is such a file at path.new, where the fresh ring is made. Attach and Open ignore
// the option.
func WithReplace() Option {
	return func(s *settings) { s.replace = true }
}

func newSettings(opts []Option) settings {
	s := settings{poll: parsePoll(os.Getenv(PollEnv))}
	for _, opt := range opts {
		opt(&s)
	}
	return s
}

func clampPoll(d time.Duration) time.Duration {
	switch {
	case d <= 0:
		return DefaultPoll
	case d < MinPoll:
		return MinPoll
	}
	return d
}

// parsePoll reads the value of IPC_RING_POLL_MS. A number too large for a
// duration is as good as malformed: polling is turned off only on purpose.
func parsePoll(value string) time.Duration {
	ms, err := strconv.ParseFloat(value, 64)
	ns := ms * float64(time.Millisecond)
	if err != nil || !(ns > 0 && ns < float64(PollOff)) {
		return DefaultPoll
	}
	return clampPoll(max(time.Duration(ns), 1))
}
