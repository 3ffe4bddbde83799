package explored

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"sync"
	"time"
)

// Interleavings is what has come of all operations with a peer in their middle.
type Interleavings struct {
	Runs       int      `json:"runs"`
	Pairs      []Pair   `json:"pairs"`
	Violations []string `json:"violations"`
	Ms         int64    `json:"ms"`
}

// A Pair is what has come of a Duel.
type Pair struct {
	Op    string `json:"op"`
	Peer  string `json:"peer"`
	Stops int    `json:"stops"` // at which the peer acted: every access and system call
	Runs  int    `json:"runs"`  // one for each, or for each two

	Violations []string `json:"-"`
}

// Interleave explores, below dir, every operation with every peer, which does
// its own operation at each of the stops in turn. Progress is told in lines.
func Interleave(ctx context.Context, program, dir string, progress func(string)) (Interleavings, error) {
	began := time.Now()
	duels := Duels()
	pairs, errs := make([]Pair, len(duels)), make([]error, len(duels))
	var mu sync.Mutex
	var all sync.WaitGroup
	next := 0
	take := func(done Pair) int {
		mu.Lock()
		defer mu.Unlock()
		if progress != nil && done.Op != "" {
			progress(fmt.Sprintf("%s, and %s: %d stops, %d runs, %d violations", done.Op, done.Peer, done.Stops, done.Runs, len(done.Violations)))
		}
		next++
		return next - 1
	}
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := take(Pair{}); i < len(duels); i = take(pairs[i]) {
				pairs[i], errs[i] = duels[i].Run(ctx, program, dir)
			}
		})
	}
	all.Wait()
	found := Interleavings{Pairs: pairs, Violations: []string{}}
	for _, p := range pairs {
		found.Runs += p.Runs
		found.Violations = append(found.Violations, p.Violations...)
	}
	found.Ms = time.Since(began).Milliseconds()
	return found, errors.Join(errs...)
}

// Duels are all operations with all peers that they can have.
func Duels() (list []Duel) {
	for _, o := range contested() {
		peers := Readers()
		if o.Before[0].Op == "open" {
			peers = Writers()
		}
		for _, p := range peers {
			if len(p.acts) == 1 || short[o.Name] {
				list = append(list, Duel{o, p})
			}
		}
	}
	return list
}

// short are the operations that a peer acts twice in: one of each kind, since
// the runs are as many as the pairs of stops.
var short = map[string]bool{
	"push": true, "push-wrap": true, "reserve-commit": true, "push-into-full": true,
	"pop": true, "pop-wrap": true, "peek-release": true, "pop-from-empty": true,
}

// contested are the operations of the table that the other side can do anything
// to, and a few that are of interest only then. A message of 4 KiB is 256 bytes
// again, and again; a long one is pushed in two steps below.
func contested() (list []Operation) {
	without := map[string]bool{"push-4096": true, "push-woken": true, "pop-woken": true, "push-long": true, "pop-marker": true}
	for _, o := range Operations() {
		if !o.Makes && !o.Replaces && !without[o.Name] {
			o.Peer = nil
			list = append(list, o)
		}
	}
	for i := range list {
		if list[i].Name == "attach" || list[i].Name == "open" {
			list[i].Before = []Step{{Op: list[i].Name}, {Op: "close-" + map[string]string{"attach": "writer", "open": "reader"}[list[i].Name]}}
		}
	}
	full := msgs(msg("o1", 60), msg("o2", 60), msg("o3", 60), msg("o4", 60))
	m := msg("M", 40)
	return append(list,
		push("push-batch-into-full", "push-batch", small, 64, full, m, msg("N", 100), msg("O", 0)),
		push("reserve-commit-into-full", "reserve-commit", small, 64, full, m),
		push("push-wrap-into-full", "push", wrapping, 384,
			msgs(msg("o1", 60), msg("o2", 60), msg("o3", 124), msg("o4", 124), msg("o5", 124)), msg("M", 130)),
		push("push-in-two-steps", "push", 128, 64, nil, msg("M", 100)),
		warm(push("push-warm", "try-push", small, 64, msgs(msg("o1", 10)), m)),
		warm(push("push-in-two-steps-warm", "push", small, 64, nil, msg("M", 200))),
		warm(push("push-batch-wrap-warm", "push-batch", wrapping, 320, msgs(msg("o1", 20)), m, msg("N", 100), msg("O", 30))),
		warm(push("reserve-commit-warm", "reserve-commit", small, 64, nil, m)),
		warm(pop("pop-warm", "pop", small, 64, 1, full...)),
		warm(pop("pop-wrap-warm", "pop", wrapping, 384, 1, wrapped()...)),
		warm(pop("peek-release-warm", "peek-release", small, 64, 3, full...)),
		warm(pop("pop-from-empty-warm", "pop", small, 64, 0, msg("o1", 60))),
		pop("pop-from-full", "pop", small, 64, 1, full...),
		pop("peek-release-from-empty", "peek-release", small, 64, 0),
	)
}

// warm has the operation's process do one before it, so that it has woken
// somebody already, and goes by the event when it may do without.
func warm(o Operation) Operation {
	if o.Before[0].Op == "attach" {
		o.Before = append(o.Before, Step{Op: "try-push", Msgs: msgs(msg("W", 60))})
	} else {
		o.Before = append(o.Before, Step{Op: "pop"})
	}
	return o
}

// initial are the messages that are in the ring when the operation begins.
func (o Operation) initial() [][]byte {
	list := append([][]byte{}, o.Older[o.Passed:]...)
	for _, st := range o.Before {
		switch st.Op {
		case "try-push":
			list = append(list, st.Msgs...)
		case "pop":
			list = list[1:]
		}
	}
	return list
}

// Run lets the peer act at every stop of the operation, in a run for each; if it
// acts in two parts, at every two of them.
func (d Duel) Run(ctx context.Context, program, dir string) (p Pair, err error) {
	p = Pair{Op: d.Op.Name, Peer: d.Peer.Name}
	folder, err := os.MkdirTemp(dir, "interleave-")
	if err != nil {
		return p, err
	}
	defer os.RemoveAll(folder)
	once := func(at ...int) (stops int, err error) {
		one := duel{Duel: d, at: at}
		if err := one.run(ctx, program, folder); err != nil {
			return 0, fmt.Errorf("%s and %s at stop %d: %w", d.Op.Name, d.Peer.Name, at, err)
		}
		p.Runs++
		p.Violations = append(p.Violations, one.wrong...)
		return one.stops, nil
	}
	// What the peer does changes what comes after: only a stop that is not
	// reached is behind the last one. That run is the operation alone.
	for i := 0; ; i++ {
		stops, err := once(append([]int{i}, never[:len(d.Peer.acts)-1]...)...)
		if err != nil || i >= stops {
			return p, err
		}
		p.Stops++
		for j := i + 1; len(d.Peer.acts) == 2 && j < stops; j++ {
			if stops, err = once(i, j); err != nil {
				return p, err
			}
		}
	}
}

// never is the stop of an act that nobody waits for: it comes at the end.
var never = []int{math.MaxInt}
