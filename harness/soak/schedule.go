package soak

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"killpoint/harness"
	"killpoint/harness/soak/ledger"
)

// A Role is one of the two ends.
type Role string

// The roles.
const (
	Writer Role = "writer"
	Reader Role = "reader"
)

// Roles are both.
var Roles = []Role{Writer, Reader}

// A Way is one of those in which an end may send or take.
type Way struct {
	Name string `json:"name"`
	Most int    `json:"most"` // messages at once, at least 1
}

// A Life is what one process is like.
type Life struct {
	Way   Way  `json:"way"`
	Polls bool `json:"polls"`
}

// A Beginning is a life that is to begin.
type Beginning struct {
	Life
	Role         Role
	Number       int    // of its role, from 1
	Path, Ledger string // what is shared, and the books
	Size         int    // of what is shared; number 1 of the writers makes it
}

// A Call is what a child is asked to do.
type Call struct {
	Op   string
	Args any
}

// A Subject is what is soaked.
type Subject struct {
	Program *harness.Program
	Env     []string
	// Send and Take are the ways of the writer and of the reader.
	Send, Take []Way
	// NoPolling has no end poll; else every second one does.
	NoPolling bool
	// Sizes are those that what is shared may have, and Longest is the longest
	// message that goes through one, in bytes, at least ledger.Shortest.
	Sizes   []int
	Longest func(size int) int
	// Begin returns the calls of a life. The last one goes on until the ledger
	// says that the end is wanted; that of the first writer begins when the
	// calls before it have made what is shared.
	Begin func(Beginning) []Call
	// Unread returns the messages that are there, oldest first, and an error if
	// what the file holds is not sound. It is asked while one of the two ends, or
	// both, are dead.
	Unread func(path string) ([][]byte, error)
}

// A How is what is done to a process.
type How string

// What is done.
const (
	Kill How = "kill" // SIGKILL, and a successor
	Stop How = "stop" // SIGSTOP, and later SIGCONT: it must lose nothing
)

// A Step strikes once.
type Step struct {
	Who []Role `json:"who"` // one of them, or both, in this order
	How How    `json:"how"`
	// Starting strikes after the last process was started, whether messages flow
	// again or not; else after they do.
	Starting bool          `json:"starting,omitempty"`
	After    time.Duration `json:"after_ns"`
	// Rest is how long the dead have no successor, or the stopped stand still.
	Rest   time.Duration `json:"rest_ns"`
	Writer Life          `json:"writer"` // that succeeds, if it is killed
	Reader Life          `json:"reader"`
}

// strikes reports whether the step is for that role.
func (s Step) strikes(r Role) bool { return slices.Contains(s.Who, r) }

// A Round is the schedule of one.
type Round struct {
	Seed    int64  `json:"seed"`
	Number  int    `json:"number"`
	Size    int    `json:"size"`
	Longest int    `json:"longest"` // message, in bytes
	Writer  Life   `json:"writer"`  // the first ones
	Reader  Life   `json:"reader"`
	Steps   []Step `json:"steps"`
}

// roundKills is how many kills a round has.
const roundKills = 24

// NewRound is the round of that number: the same for the same seed. It has no
// more than limit kills.
func NewRound(s Subject, seed int64, number, limit int) Round {
	d := dice{rand.New(rand.NewPCG(uint64(seed), uint64(number))), !s.NoPolling}
	r := Round{Seed: seed, Number: number, Size: pick(d, s.Sizes)}
	r.Longest = ledger.Shortest + int(d.spread(1, float64(s.Longest(r.Size)-ledger.Shortest)+1)) - 1
	r.Writer, r.Reader = d.life(s.Send), d.life(s.Take)
	for kills := 0; kills < min(roundKills, limit); {
		step := d.step(s)
		if step.How == Kill {
			step.Who = step.Who[:min(len(step.Who), limit-kills)]
			kills += len(step.Who)
		}
		r.Steps = append(r.Steps, step)
	}
	return r
}

// Kills is how many there are.
func (r Round) Kills() (n int) {
	for _, s := range r.Steps {
		if s.How == Kill {
			n += len(s.Who)
		}
	}
	return n
}

// dice are thrown in a fixed order.
type dice struct {
	*rand.Rand
	polling bool
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// spread is a number from low to high, as likely in each of their magnitudes.
func (d dice) spread(low, high float64) float64 {
	return low * math.Pow(high/low, d.Float64())
}

func (d dice) between(low, high time.Duration) time.Duration {
	return time.Duration(d.spread(float64(low), float64(high)))
}

func (d dice) life(ways []Way) Life { return Life{pick(d, ways), d.IntN(2) == 0 && d.polling} }

// step throws all dice whether their faces are needed or not, so that one change
// here does not change everything behind it.
func (d dice) step(s Subject) Step {
	who := [][]Role{{Writer}, {Reader}, {Writer}, {Reader}, {Writer}, {Reader}, {Writer, Reader}, {Reader, Writer}}
	step := Step{Who: pick(d, who), How: Kill, Starting: d.IntN(6) == 0}
	if d.IntN(8) == 0 {
		step.How, step.Starting = Stop, false
	}
	step.After = d.between(time.Microsecond, 8*time.Millisecond)
	starting := d.between(100*time.Microsecond, 8*time.Millisecond) // a process needs some milliseconds to begin
	if step.Starting {
		step.After = starting
	}
	rests := d.IntN(2) == 0
	if step.Rest = d.between(10*time.Microsecond, 3*time.Millisecond); !rests {
		step.Rest = 0
	}
	step.Writer, step.Reader = d.life(s.Send), d.life(s.Take)
	return step
}
