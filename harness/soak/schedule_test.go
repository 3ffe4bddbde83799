package soak

import (
	"reflect"
	"testing"
	"time"
)

func plain() Subject {
	return Subject{
		Send: []Way{{"one", 1}, {"many", 8}}, Take: []Way{{"one", 1}, {"held", 4}},
		Sizes: []int{64, 4096}, Longest: func(size int) int { return size - 4 },
	}
}

// TestScheduleFollowsFromSeedAndNumber and from nothing else.
func TestScheduleFollowsFromSeedAndNumber(t *testing.T) {
	seen := map[string]bool{}
	for seed := range int64(3) {
		for number := range 3 {
			r := NewRound(plain(), seed, number, 1000)
			if again := NewRound(plain(), seed, number, 1000); !reflect.DeepEqual(r, again) {
				t.Fatalf("round %d of seed %d is another one the second time", number, seed)
			}
			text := ""
			for _, s := range r.Steps {
				text += s.After.String()
			}
			if seen[text] {
				t.Errorf("round %d of seed %d is like another one", number, seed)
			}
			seen[text] = true
		}
	}
}

// TestScheduleThrowsEverything: over many rounds all that there is comes.
func TestScheduleThrowsEverything(t *testing.T) {
	seen := map[any]int{}
	steps := 0
	for number := range 200 {
		r := NewRound(plain(), 1, number, 1000)
		if n := r.Kills(); n < roundKills || n > roundKills+1 {
			t.Fatalf("round %d has %d kills", number, n)
		}
		seen[r.Size]++
		if r.Longest < 8 || r.Longest > r.Size-4 {
			t.Fatalf("a message of up to %d bytes in a size of %d", r.Longest, r.Size)
		}
		for _, s := range r.Steps {
			steps++
			seen[s.How]++
			seen[len(s.Who)]++
			seen[s.Who[0]]++
			seen["writer "+s.Writer.Way.Name]++
			seen["reader "+s.Reader.Way.Name]++
			if s.Writer.Polls {
				seen["polls"]++
			} else {
				seen["does not"]++
			}
			if s.Starting {
				seen["starting"]++
			}
			if s.Rest > 0 {
				seen["rest"]++
			} else {
				seen["at once"]++
			}
			if s.How == Stop && s.Starting || s.After <= 0 || s.After > 8*time.Millisecond || s.Rest < 0 || s.Rest > 3*time.Millisecond {
				t.Fatalf("%+v", s)
			}
		}
	}
	for _, what := range []any{64, 4096, Kill, Stop, 1, 2, Writer, Reader, "writer one", "writer many", "reader one", "reader held",
		"polls", "does not", "starting", "rest", "at once"} {
		if seen[what] < 50 {
			t.Errorf("%v comes %d times in %d steps", what, seen[what], steps)
		}
	}
}

func TestScheduleKeepsToItsLimit(t *testing.T) {
	for limit := 1; limit <= roundKills+2; limit++ {
		for number := range 50 {
			r := NewRound(plain(), 3, number, limit)
			if n := r.Kills(); n > limit || n < min(limit, roundKills) {
				t.Errorf("round %d has %d kills, wanted are %d", number, n, limit)
			}
		}
	}
}

func TestNobodyPollsIfNobodyIsTo(t *testing.T) {
	s := plain()
	s.NoPolling = true
	r := NewRound(s, 1, 1, 100)
	for _, step := range r.Steps {
		if step.Writer.Polls || step.Reader.Polls {
			t.Fatalf("%+v", step)
		}
	}
	if r.Writer.Polls || r.Reader.Polls {
		t.Errorf("%+v", r)
	}
}
