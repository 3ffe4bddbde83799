//go:build linux && amd64

package explored

import (
	"context"
	"encoding/binary"
	"path/filepath"
	"testing"

	"killpoint/harness"
	"killpoint/harness/explore"
	"killpoint/ring"
)

// another is an image that normal takes for the same as m: many laps later, with
// other messages of the same lengths, reset events, and a commit index that lags
// further.
func another(m explore.Image) explore.Image {
	c := m.Clone()
	s := ring.Decode(c[0])
	if s.Problem != nil {
		return c
	}
	file := c[0]
	for _, at := range []int{writeAt, commitAt, readAt} {
		index := file[at:][:8]
		binary.NativeEndian.PutUint64(index, binary.NativeEndian.Uint64(index)+1000*s.Capacity)
	}
	if s.Commit < s.Read {
		binary.NativeEndian.PutUint64(file[commitAt:], s.Commit+300*s.Capacity)
	}
	clear(file[ring.DataAvailOffset:][:word])
	clear(file[ring.SpaceAvailOffset:][:word])
	for i, rec := range s.Records {
		if !rec.Wrap {
			copy(rec.Body, placed(i+10, len(rec.Body))) // they alias the file
		}
	}
	return c
}

// fresh is an image without any remains of earlier laps.
func fresh(m explore.Image) explore.Image {
	c := m.Clone()
	s := ring.Decode(c[0])
	if s.Problem != nil {
		return c
	}
	data := c[0][ring.HeaderSize:]
	for at := s.Write; at < s.Read+s.Capacity; at++ {
		data[at%s.Capacity] = 0
	}
	return c
}

// TestNormalForm: what normal takes for the same behaves the same. Each of some
// images is another one for a crash point, and every operation passes through the
// same images from there. What stands in free room makes no difference, but to
// what is found there later.
func TestNormalForm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	child, err := harness.Build{Package: "killpoint/cmd/child", Output: filepath.Join(dir, "child")}.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	a := Alphabet{Capacity: 64, Sizes: []int{36}}
	r, err := a.Recover(context.Background(), child.Path, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := recoverer{Alphabet: a, program: child.Path, dir: dir}
	walks := func(n Node) (list []*walk) {
		for _, op := range a.followers(n) {
			w := &walk{op: op, image: n.image}
			if err := x.explore(context.Background(), w, filepath.Join(dir, "walk")); err != nil {
				t.Fatal(err)
			}
			list = append(list, w)
		}
		return list
	}
	compared := 0
	for i, n := range r.Graph.Nodes {
		later, clean := n, n
		later.image, clean.image = another(n.image), fresh(n.image)
		if !normal(n.image).Equal(n.image) || !normal(later.image).Equal(n.image) {
			t.Errorf("%s has another normal form, or its own is another: %s", n.Label, label(normal(later.image)))
		}
		if i%5 != 0 || n.image[1] != nil || ring.Decode(n.image[0]).Problem != nil {
			continue
		}
		first, second, third := walks(n), walks(later), walks(clean)
		for i, w := range first {
			compared++
			if a, b := path(w, true), path(second[i], true); a != b {
				t.Errorf("%s after %s:%s\nlater:%s", w.op.Name, n.Label, a, b)
			}
			if a, b := path(w, false), path(third[i], false); a != b {
				t.Errorf("%s after %s:%s\nin clean room:%s", w.op.Name, n.Label, a, b)
			}
		}
	}
	if compared < 10 {
		t.Errorf("only %d operations were compared", compared)
	}
}

// path lists the images in normal form that a walk passes through, with or
// without what stands in free room.
func path(w *walk, exact bool) (text string) {
	last := ""
	for _, s := range w.steps {
		m := s.normal
		if !exact {
			m = fresh(m)
		}
		if now := m.Hash().String(); now != last {
			last = now
			text += "\n    " + now + " " + label(m)
			if exact {
				text += " at " + s.at
			}
		}
	}
	return text
}
