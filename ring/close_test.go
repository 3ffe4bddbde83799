package ring_test

import (
	"testing"

	"killpoint/ring"
)

func TestAClosedEndSaysSo(t *testing.T) {
	f := newRing(t, 64)
	f.push(nil)
	for name, end := range map[string]interface{ Close() error }{"writer": f.w, "reader": f.r} {
		if err := end.Close(); err != nil {
			t.Fatal(name, err)
		}
	}
	for name, use := range map[string]func() error{
		"TryPush":             func() error { return f.w.TryPush(nil) },
		"Push":                func() error { return f.w.Push(t.Context(), nil) },
		"TryPush of too much": func() error { return f.w.TryPush(make([]byte, 100)) },
		"TryPop":              func() error { _, err := f.r.TryPop(nil); return err },
		"Pop":                 func() error { _, err := f.r.Pop(t.Context(), nil); return err },
	} {
		t.Run(name, func(t *testing.T) { expectError(t, use(), ring.ErrClosed) })
	}
}

func TestASecondCloseIsNoError(t *testing.T) {
	f := newRing(t, 64)
	for name, end := range map[string]interface{ Close() error }{"writer": f.w, "reader": f.r} {
		t.Run(name, func(t *testing.T) {
			if err := end.Close(); err != nil {
				t.Fatal(err)
			}
			if err := end.Close(); err != nil {
				t.Fatal("second Close: ", err)
			}
		})
	}
}

func TestCloseLeavesTheFileAsItIs(t *testing.T) {
	f := newRing(t, 64)
	f.push([]byte("left behind"))
	before := image(t, f.path)
	f.w.Close()
	f.r.Close()
	expectImage(t, f.path, before)
}

func TestClosingOneEndLeavesTheOtherAtWork(t *testing.T) {
	t.Run("writer", func(t *testing.T) {
		f := newRing(t, 64)
		f.push([]byte("last"))
		f.w.Close()
		f.pop([]byte("last"))
		f.expectEmpty()
	})
	t.Run("reader", func(t *testing.T) {
		f := newRing(t, 64)
		f.r.Close()
		f.push([]byte("first"))
	})
}

func TestAnEndKnowsItsRing(t *testing.T) {
	f := newRing(t, 72)
	f.w.Close() // still knows it then
	for name, end := range map[string]interface {
		Path() string
		Capacity() int
	}{"writer": f.w, "reader": f.r} {
		t.Run(name, func(t *testing.T) {
			if end.Path() != f.path || end.Capacity() != 72 {
				t.Fatalf("path %q, capacity %d; want %q, 72", end.Path(), end.Capacity(), f.path)
			}
		})
	}
}

func TestASuccessorGoesOnWhereItsPredecessorStopped(t *testing.T) {
	f := newRing(t, 128)
	f.push([]byte("one"))
	f.push([]byte("two"))
	f.pop([]byte("one"))
	f.w.Close()
	f.r.Close()
	var err error
	if f.w, err = ring.Attach(f.path); err != nil {
		t.Fatal(err)
	}
	if f.r, err = ring.Open(f.path); err != nil {
		t.Fatal(err)
	}
	f.push([]byte("three"))
	f.pop([]byte("two"))
	f.pop([]byte("three"))
	f.expectEmpty()
}
