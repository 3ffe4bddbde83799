package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// A SoakFinding is why a campaign of soaking does not pass.
type SoakFinding struct {
	Round   int    `json:"round"`
	Kill    int    `json:"kill"`    // of the round: how many there had been
	Verdict string `json:"verdict"` // Fail: it is certain; Unknown: what should happen did not in time, or could not be seen
	What    string `json:"what"`
	Folder  string `json:"folder,omitempty"` // with the evidence
	Repeat  string `json:"repeat"`           // the command that runs its schedule again
}

// A SoakPoint is how far a campaign was at one time.
type SoakPoint struct {
	Seconds  float64 `json:"s"`
	Kills    int     `json:"kills"`
	Messages uint64  `json:"messages"`
}

// A Soak is what a campaign of soaking has seen.
type Soak struct {
	Seed     int64          `json:"seed"`
	Rounds   int            `json:"rounds"`
	Kills    int            `json:"kills"`
	Killed   map[string]int `json:"killed"`   // by role
	Together int            `json:"together"` // kills of both at once, each of which counts as two
	Starting int            `json:"starting"` // kills of a process that had just been started
	Stops    int            `json:"stops"`    // and continuations
	Restarts int            `json:"restarts"`
	Ways     map[string]int `json:"ways"` // lives that sent or took in each of them
	// Messages have arrived and were checked, each counted once.
	Messages uint64 `json:"messages"`
	// Lost were begun by a writer that died, and have not arrived; Unbooked were
	// taken by a reader that died before it could book them; Repeated came again
	// after a reader had died. All three are as they must be, or there is a
	// finding.
	Lost     uint64 `json:"lost"`
	Unbooked uint64 `json:"unbooked"`
	Repeated uint64 `json:"repeated"`

	Longest     time.Duration `json:"longest_life_ns"`
	Time        time.Duration `json:"time_ns"`
	Interrupted bool          `json:"interrupted,omitempty"`
	Findings    []SoakFinding `json:"findings"`
	// Course is how far it was from time to time, the latest last.
	Course []SoakPoint `json:"course,omitempty"`
}

// Passed reports whether all that was wanted was done, and nothing was found.
func (r Soak) Passed() bool { return !r.Interrupted && len(r.Findings) == 0 }

// maxCourse bounds the points of a course, however long it takes.
const maxCourse = 240

// AddPoint adds how far the campaign is now; of too many points every other one goes.
func (r *Soak) AddPoint(p SoakPoint) {
	if len(r.Course) >= maxCourse {
		for i := 1; 2*i < len(r.Course); i++ {
			r.Course[i] = r.Course[2*i]
		}
		r.Course = r.Course[:len(r.Course)/2]
	}
	r.Course = append(r.Course, p)
}

// PerSecond is how many messages arrived in a second of the campaign, restarts
// and all.
func (r Soak) PerSecond() float64 {
	if r.Time <= 0 {
		return 0
	}
	return float64(r.Messages) / r.Time.Seconds()
}

// WriteJSON writes the result.
func (r Soak) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}

// WriteSummary prints the result for a person.
func (r Soak) WriteSummary(w io.Writer) {
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%s in round %d, after kill %d: %s\n", f.Verdict, f.Round, f.Kill, f.What)
		if f.Folder != "" {
			fmt.Fprintf(w, "  evidence: %s\n", f.Folder)
		}
		fmt.Fprintf(w, "  again:    %s\n", f.Repeat)
	}
	fmt.Fprintf(w, "%d kills in %d rounds: writer %d, reader %d; %d times both at once, %d while starting; %d stops\n",
		r.Kills, r.Rounds, r.Killed["writer"], r.Killed["reader"], r.Together, r.Starting, r.Stops)
	fmt.Fprint(w, "lives:")
	for _, way := range slices.Sorted(maps.Keys(r.Ways)) {
		fmt.Fprintf(w, " %s %d", way, r.Ways[way])
	}
	fmt.Fprintf(w, "; %d restarts, longest life %v\n", r.Restarts, r.Longest.Round(time.Millisecond))
	fmt.Fprintf(w, "messages: %d checked, %.0f a second; %d lost in flight, %d taken and not booked, %d came again\n",
		r.Messages, r.PerSecond(), r.Lost, r.Unbooked, r.Repeated)
	verdict := "pass: all as documented"
	switch {
	case len(r.Findings) > 0:
		verdict = fmt.Sprintf("%d findings", len(r.Findings))
	case r.Interrupted:
		verdict = "interrupted, not all was done"
	}
	fmt.Fprintf(w, "seed %d, %v: %s\n", r.Seed, r.Time.Round(10*time.Millisecond), verdict)
}
