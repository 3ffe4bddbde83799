//go:build linux && amd64

package explore_test

import (
	"path/filepath"
	"strings"
	"testing"

	"killpoint/harness/explore"
)

// probes are operations that end by themselves, with the number of images that
// each passes through. Those of the copies depend on the processor.
var probes = []struct {
	probe
	images int // 0: at least 3
	kinds  string
}{
	{probe{op: "stores"}, 3, "begin, store, store, end"},
	{probe{op: "copy-40"}, 0, ""},
	{probe{op: "copy-256"}, 0, ""},
	{probe{op: "copy-4096"}, 0, ""},
	{probe{op: "rep"}, 21, "begin, " + strings.Repeat("store, ", 20) + "end"},
	{probe{op: "exchange"}, 4, "begin, store, store, store, end"},
	{probe{op: "wake"}, 2, "begin, store, enter futex, leave futex, end"},
	{probe{op: "create", absent: true}, 4, "begin, enter openat, leave openat, enter ftruncate, leave ftruncate, " +
		"enter mmap, leave mmap, enter close, leave close, store, end"},
	{probe{op: "replace"}, 3, "begin, enter openat, leave openat, enter ftruncate, leave ftruncate, enter mmap, leave mmap, " +
		"enter close, leave close, enter renameat, leave renameat, store, enter munmap, leave munmap, end"},
	{probe{op: "write"}, 4, "begin, enter pwrite64, leave pwrite64, enter ftruncate, leave ftruncate, enter unlinkat, leave unlinkat, end"},
	{probe{op: "read-into"}, 3, "begin, enter read, leave read, store, end"},
	{probe{op: "marks"}, 2, "begin, mark one, store, mark two, end"},
	{probe{op: "yield"}, 4, "begin, store, store, store, end"},
}

// TestEnginesAgree: the fast engine sees the states that the simple one sees,
// with the same images, at the same lines.
func TestEnginesAgree(t *testing.T) {
	for _, p := range probes {
		t.Run(p.op, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			fast := p.must(t, dir, -1)
			p.Engine = explore.SingleStep
			simple := p.must(t, dir, -1)
			agree(t, fast, simple)
			if got := kinds(fast); p.kinds != "" && got != p.kinds {
				t.Errorf("states are %s\nwant %s", got, p.kinds)
			}
			if n := fast.Stats.Images; n < 3 && p.images == 0 || p.images != 0 && n != p.images {
				t.Errorf("%d images, want %d", n, p.images)
			}
			if fast.Ending != explore.Finished || !fast.After.Equal(fast.Last().Image) {
				t.Errorf("%s, and what is left is not what the last state has shown", fast.Ending)
			}
		})
	}
}

// TestBuildsAgree: what matters of a victim is the code, not how it was built.
// Race builds store with instructions of their own, so lines are not compared.
func TestBuildsAgree(t *testing.T) {
	for name, program := range map[string]*string{"race": &racy, "pie": &pie} {
		t.Run(name, func(t *testing.T) {
			if *program == "" {
				t.Skip("this build needs a C compiler")
			}
			for _, p := range probes {
				dir := t.TempDir()
				want := p.must(t, dir, -1)
				p.program = *program
				got := p.must(t, dir, -1)
				if name == "pie" {
					agree(t, want, got)
				}
				if kinds(want) != kinds(got) {
					t.Errorf("%s: states are %s\nwant %s", p.op, kinds(got), kinds(want))
					continue
				}
				for i := range want.States {
					if want.States[i].Hash != got.States[i].Hash {
						t.Errorf("%s: state %d has another image", p.op, i)
					}
				}
			}
		})
	}
}

// TestRunsAreIdentical repeats runs, many of them beside each other.
func TestRunsAreIdentical(t *testing.T) {
	for _, p := range []probe{
		{op: "wake"}, {op: "copy-256"}, {op: "create", absent: true}, {op: "yield"},
		{op: "wake", Config: explore.Config{Engine: explore.SingleStep}},
		{op: "copy-40", Config: explore.Config{Engine: explore.SingleStep}},
		{op: "exchange", program: racy}, // its atomic stores are in code that is not Go
	} {
		t.Run(p.op+" "+string(p.Engine)+" "+filepath.Base(p.program), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			first := p.must(t, dir, -1)
			for range 50 {
				agree(t, first, p.must(t, dir, -1))
			}
		})
	}
}

// TestFramesNameTheStore: the innermost call, inlined or not, and its callers.
func TestFramesNameTheStore(t *testing.T) {
	tr := probe{op: "stores"}.must(t, t.TempDir(), -1)
	var names []string
	for _, f := range tr.States[1].Frames {
		names = append(names, f.Func)
	}
	if got := strings.Join(names, " "); !strings.HasPrefix(got, "main.set main.store main.") || strings.Contains(got, "Operation") {
		t.Errorf("frames of a store are %q", got)
	}
	tr = probe{op: "copy-40"}.must(t, t.TempDir(), -1)
	s := tr.States[1]
	if s.Frames[0].Func != "runtime.memmove" {
		t.Errorf("a copy is made by %v", s.Frames)
	}
	f, ok := s.In("main")
	if !ok || !strings.HasSuffix(f.File, "prober/main.go") || f.Line == 0 {
		t.Errorf("a copy is made for %v, %v", f, ok)
	}
}

// TestStoresAreCounted: one that changes nothing is a store, and no state.
func TestStoresAreCounted(t *testing.T) {
	tr := probe{op: "stores"}.must(t, t.TempDir(), -1)
	if s := tr.Stats; s.Stores != 3 || s.Images != 3 || s.Canonical != 3 || s.Steps == 0 || s.Operation <= 0 || s.Total < s.Operation {
		t.Errorf("stats are %+v", s)
	}
	p := probe{op: "stores"}
	p.Canonical = func(m explore.Image) explore.Image {
		m = m.Clone()
		clear(m[0])
		return m
	}
	if s := p.must(t, t.TempDir(), -1).Stats; s.Images != 3 || s.Canonical != 1 {
		t.Errorf("stats are %+v, all canonical images are one", s)
	}
}

func BenchmarkRun(b *testing.B) {
	for _, op := range []string{"exchange", "copy-40", "copy-256", "copy-4096"} {
		for _, engine := range []explore.Engine{explore.Mprotect, explore.SingleStep} {
			b.Run(op+"/"+string(engine), func(b *testing.B) {
				dir := b.TempDir()
				p := probe{op: op}
				p.Engine = engine
				for b.Loop() {
					tr := p.must(b, dir, -1)
					b.ReportMetric(float64(tr.Stats.Operation.Microseconds()), "µs/operation")
					b.ReportMetric(float64(len(tr.States)), "states")
				}
			})
		}
	}
}
