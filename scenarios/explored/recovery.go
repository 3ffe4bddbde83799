package explored

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// A Recovery is what exploring crash after crash has found: every operation that
// may follow an image was explored from it, until no image was new.
type Recovery struct {
	Images     int      `json:"images"` // nodes of the graph
	Edges      int      `json:"edges"`
	Rounds     int      `json:"rounds"`
	Runs       int      `json:"runs"` // of a child under the engine
	Violations []string `json:"violations"`
	Ms         int64    `json:"ms"`
	Graph      Graph    `json:"graph"`
}

// ErrEndless is returned if there is no end of new images.
var ErrEndless = errors.New("no end of new images")

// An Alphabet is what the rings of a graph are made of. There are only so many
// images if all is small.
type Alphabet struct {
	Capacity int   // bytes
	Sizes    []int // of messages, in bytes
	Most     int   // images, beyond which there is no end; 0 is mostImages
}

const mostImages = 4000

// alphabet is the one that Recover explores: records of 24 and 40 bytes in a
// lap of 64. They fill it exactly, leave too little for another, and need a
// marker, of 16 bytes and of 40.
var alphabet = Alphabet{Capacity: 64, Sizes: []int{20, 36}}

// Recover explores, below dir, what can be left of a ring when process after
// process dies in the middle of an operation, beginning with no file at all.
// Progress is told in lines.
func Recover(ctx context.Context, program, dir string, progress func(string)) (Recovery, error) {
	return alphabet.Recover(ctx, program, dir, progress)
}

// Recover is the function Recover for other rings.
func (a Alphabet) Recover(ctx context.Context, program, dir string, progress func(string)) (Recovery, error) {
	began := time.Now()
	folder, err := os.MkdirTemp(dir, "recovery-")
	if err != nil {
		return Recovery{}, err
	}
	defer os.RemoveAll(folder)
	if a.Most == 0 {
		a.Most = mostImages
	}
	x := recoverer{Alphabet: a, program: program, dir: folder, ids: map[explore.Hash]int{}, edges: map[Edge]bool{}}
	x.found.Violations = []string{}
	x.node(explore.Image{nil, nil}).Start = true
	for begin := 0; err == nil && begin < len(x.found.Graph.Nodes); {
		end := len(x.found.Graph.Nodes)
		x.found.Rounds++
		err = x.round(ctx, x.found.Graph.Nodes[begin:end])
		begin = end
		if progress != nil {
			progress(fmt.Sprintf("recovery, round %d: %d images, %d of them new, %d edges, %d runs",
				x.found.Rounds, len(x.found.Graph.Nodes), len(x.found.Graph.Nodes)-end, len(x.edges), x.found.Runs))
		}
	}
	x.found.Images, x.found.Edges = len(x.found.Graph.Nodes), len(x.found.Graph.Edges)
	x.found.Ms = time.Since(began).Milliseconds()
	return x.found, err
}

// recoverer is one exploration to the fixpoint.
type recoverer struct {
	Alphabet
	program, dir string
	ids          map[explore.Hash]int
	edges        map[Edge]bool
	found        Recovery
}

// node returns the node of an image in normal form, which it may add.
func (x *recoverer) node(m explore.Image) *Node {
	h := m.Hash()
	id, ok := x.ids[h]
	if !ok {
		id = len(x.found.Graph.Nodes)
		x.ids[h] = id
		x.found.Graph.Nodes = append(x.found.Graph.Nodes, Node{ID: id, Label: label(m), Round: x.found.Rounds, image: m})
	}
	return &x.found.Graph.Nodes[id]
}

// walk is one operation on the way from a node.
type walk struct {
	from  int
	op    Operation
	image explore.Image
	steps []step
	wrong []string
	err   error
}

// step is a state of a walk whose image is another one than before.
type step struct {
	at            string
	image, normal explore.Image
	last          fate // before it
	whole, done   bool
}

// round explores what may follow each of the nodes. The walks go on side by
// side, what they have found is added in their order.
func (x *recoverer) round(ctx context.Context, nodes []Node) error {
	var walks []*walk
	for _, n := range nodes {
		for _, o := range x.followers(n) {
			walks = append(walks, &walk{from: n.ID, op: o, image: n.image})
		}
	}
	var next sync.Mutex
	var all sync.WaitGroup
	todo := walks
	for i := range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for {
				next.Lock()
				if len(todo) == 0 {
					next.Unlock()
					return
				}
				w := todo[0]
				todo = todo[1:]
				next.Unlock()
				w.err = x.explore(ctx, w, filepath.Join(x.dir, fmt.Sprint(i)))
			}
		})
	}
	all.Wait()
	for _, w := range walks {
		x.found.Runs++
		if w.err != nil {
			return fmt.Errorf("%s after %s: %w", w.op.Name, x.found.Graph.Nodes[w.from].Label, w.err)
		}
		x.add(w)
	}
	if n := len(x.found.Graph.Nodes); n > x.Most {
		return fmt.Errorf("%w: %d after %d rounds, such as %s", ErrEndless, n, x.found.Rounds, x.found.Graph.Nodes[n-1].Label)
	}
	return nil
}

// add adds what a walk has found to the graph, and judges what is new.
func (x *recoverer) add(w *walk) {
	from := x.found.Graph.Nodes[w.from]
	complain := func(at, what string) {
		x.found.Violations = append(x.found.Violations, fmt.Sprintf("%s after %s: %s: %s", w.op.Name, from.Label, at, what))
	}
	for _, text := range w.wrong {
		complain("it", text)
	}
	at := w.from
	for _, s := range w.steps {
		known := len(x.found.Graph.Nodes)
		n := x.node(s.normal)
		n.Whole = n.Whole || s.whole
		if n.ID == known {
			_, wrong := judge(w.op, s.image, s.last, s.done, x.dir)
			for _, text := range wrong {
				complain(s.at, text)
			}
		}
		e := Edge{From: at, To: n.ID, At: s.at, Op: w.op.Name}
		if at = n.ID; e.From != e.To && !x.edges[e] {
			x.edges[e] = true
			x.found.Graph.Edges = append(x.found.Graph.Edges, e)
		}
	}
}

// explore runs an operation on an image.
func (x *recoverer) explore(ctx context.Context, w *walk, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, "ring")
	for i, name := range files(path) {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if w.image[i] != nil {
			if err := os.WriteFile(name, w.image[i], 0o600); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(struct {
		Path string
		Do   []Step
	}{path, w.op.Do})
	if err != nil {
		return err
	}
	trace, err := explore.Run(ctx, explore.Config{
		Command: []string{x.program, "explore", string(text)},
		Files:   files(path),
	})
	if broken(err) {
		w.wrong = append(w.wrong, err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	w.follow(trace)
	return nil
}

// broken reports whether a run has failed because of what the child did.
func broken(err error) bool {
	return errors.Is(err, explore.ErrEnded) || errors.Is(err, explore.ErrSteps)
}

// followers are the operations that may follow an image, each a whole process:
// it comes, does one thing, and goes.
func (a Alphabet) followers(n Node) (ops []Operation) {
	s := ring.Decode(n.image[0])
	add := func(name string, o Operation, do ...Step) {
		o.Name, o.Do, o.Capacity = name, do, int(s.Capacity)
		ops = append(ops, o)
	}
	// What a death has left beside the ring matters to who replaces it, and to
	// nobody else; what that one makes of the ring does not depend on what is in
	// it, so that the first rings serve for all.
	const first = 2
	fresh := n.image[1] != nil
	unmade := s.Problem != nil
	older := messages(s)
	if unmade || fresh || n.Round <= first {
		add("replace", Operation{Older: older, Makes: unmade, Replaces: true}, Step{Op: "replace", Capacity: a.Capacity})
	}
	if fresh {
		return ops
	}
	if unmade {
		for _, op := range []string{"create", "attach", "open"} {
			add(op, Operation{Makes: true}, Step{Op: op, Capacity: a.Capacity})
		}
		return ops
	}
	writer := func(name, op string, sends ...[]byte) {
		add(name, Operation{Older: older, Sends: sends}, Step{Op: "attach"}, Step{Op: op, Msgs: sends}, Step{Op: "close-writer"})
	}
	var all [][]byte
	for i, size := range a.Sizes {
		m := msg(string(rune('M'+i)), size)
		writer(fmt.Sprintf("attach, push %d", size), "push", m)
		all = append(all, m)
	}
	writer(fmt.Sprintf("attach, push %d as a batch", a.Sizes), "push-batch", all...)
	writer(fmt.Sprintf("attach, reserve %d, commit", len(all[0])), "reserve-commit", all[0])
	add("open, pop", Operation{Older: older, Takes: min(1, len(older))}, Step{Op: "open"}, Step{Op: "pop"}, Step{Op: "close-reader"})
	add("open, peek, release", Operation{Older: older, Takes: len(older)}, Step{Op: "open"}, Step{Op: "peek-release"}, Step{Op: "close-reader"})
	return ops
}

// messages are those that a ring holds.
func messages(s ring.Snapshot) (list [][]byte) {
	for _, rec := range s.Records {
		if !rec.Wrap {
			list = append(list, rec.Body)
		}
	}
	return list
}

// follow takes the states of a run for the steps of a walk, and checks in each
// which messages there are.
func (w *walk) follow(trace *explore.Trace) {
	complain := func(s *explore.State, format string, args ...any) {
		w.wrong = append(w.wrong, where(s)+": "+fmt.Sprintf(format, args...))
	}
	failed := error(nil)
	if trace.Ending == explore.Finished {
		failed = answered(trace)
	}
	made := ring.Decode(w.image[0]).Problem == nil
	if made && failed != nil {
		complain(trace.Last(), "%v", failed)
	}
	var last fate
	var hash explore.Hash
	for i := range trace.States {
		s := &trace.States[i]
		over := s.Kind == explore.End
		done := over && failed == nil
		if s.Hash == hash && !over {
			continue
		}
		hash = s.Hash
		now := ring.Decode(s.Image[0])
		f := last
		if made || now.Problem == nil {
			var known bool
			if f, known = w.op.fate(messages(now), last); now.Problem != nil || !known {
				complain(s, "a reader gets %s, after %d were taken and %d delivered: %v", names(messages(now)), last.taken, last.sent, now.Problem)
				return
			}
		}
		if w.op.claims(w.image, s.Image) {
			complain(s, "a header says READY of a body that is not there")
		}
		w.steps = append(w.steps, step{at: line(s), image: s.Image, normal: normal(s.Image), last: last, whole: over || s.Kind == explore.Asleep, done: done})
		last = f
	}
	if trace.Ending == explore.Sleeping && w.op.wakeable(trace.Last().Image, last) {
		complain(trace.Last(), "it sleeps, and has no reason to")
	}
}

// wakeable reports whether an operation that sleeps could go on: a reader has a
// message, a writer has room for the next one of its own.
func (o Operation) wakeable(m explore.Image, f fate) bool {
	s := ring.Decode(m[0])
	if len(o.Sends) == 0 {
		return len(messages(s)) > 0
	}
	if f.sent >= len(o.Sends) {
		return false
	}
	size := uint64(ring.RecordSize(len(o.Sends[f.sent])))
	tail := s.Capacity - s.Write%s.Capacity
	need := size
	if size > tail {
		if need += tail; need > s.Capacity {
			need = tail // it skips the rest of the lap first
		}
	}
	return s.Capacity-(s.Write-s.Read) >= need
}

// line says which store or call of the ring a state is.
func line(s *explore.State) string {
	text := "the child"
	if f, ok := s.In(theRing); ok {
		text = f.String()
	}
	if s.Syscall != nil {
		text += ", " + s.Syscall.String()
	}
	return text
}

// Canonical takes out of a ring's image what makes no difference to anybody who
// comes after a death: the event words, and what stands in free room behind a
// header that does not say READY. Nobody reads that before it is stored again.
// An image that is no ring stays as it is.
func Canonical(m explore.Image) explore.Image {
	c := m.Clone()
	for _, file := range c {
		if s := ring.Decode(file); s.Problem == nil {
			mask(file, s)
		}
	}
	return c
}

func mask(file []byte, s ring.Snapshot) {
	clear(file[ring.DataAvailOffset:][:word])
	clear(file[ring.SpaceAvailOffset:][:word])
	data := file[ring.HeaderSize:]
	free := s.Capacity - (s.Write - s.Read)
	for at := s.Write % s.Capacity; free > 0; at %= s.Capacity {
		rec := ring.DecodeRecord(data[at:])
		size := uint64(ring.RecordSize(int(rec.Length)))
		if !rec.Ready || size > min(free, s.Capacity-at) {
			clearBehind(data, at, free)
			break
		}
		at, free = at+size, free-size
	}
}

const word = 4 // bytes of a header, and of an event

// clearBehind clears free room that begins with a header, which stays.
func clearBehind(data []byte, at, free uint64) {
	for i := uint64(word); i < free; i++ {
		data[(at+i)%uint64(len(data))] = 0
	}
}
