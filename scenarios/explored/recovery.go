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

// broken tells whether a run has failed because of what the child did.
func broken(err error) bool {
	return errors.Is(err, explore.ErrEnded) || errors.Is(err, explore.ErrSteps)
}
