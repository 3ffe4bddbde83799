//go:build linux && amd64

package explore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"killpoint/harness"
	"killpoint/harness/explore"
)

// The victim of these tests, as it is built in different ways.
var plain, racy, pie string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	harness.EndWithParent()
	dir, err := os.MkdirTemp("", "killpoint-explore-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	for _, b := range []struct {
		path  *string
		flags []string
	}{{&plain, nil}, {&racy, []string{"-race"}}, {&pie, []string{"-buildmode=pie"}}} {
		out := filepath.Join(dir, strings.Join(append([]string{"prober"}, b.flags...), ""))
		args := append([]string{"build", "-buildvcs=false", "-o", out}, b.flags...)
		text, err := exec.Command("go", append(args, "./internal/prober")...).CombinedOutput()
		switch {
		case err == nil:
			*b.path = out
		case b.flags == nil:
			fmt.Fprintf(os.Stderr, "go %v: %v\n%s", args, err, text)
			return 1
		}
	}
	return m.Run()
}

// probe is one operation of the victim, on a file of its own.
type probe struct {
	program string // empty is plain
	op      string
	absent  bool // there is no file in the beginning
	explore.Config
}

// run runs it in a fresh folder, and ensures that no process is left. Paths
// are the same in every run, so that traces can be compared.
func (p probe) run(t testing.TB, dir string, kill int) (*explore.Trace, error) {
	t.Helper()
	path := filepath.Join(dir, "file")
	os.Remove(path)
	if !p.absent {
		if err := os.WriteFile(path, make([]byte, 4096), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg := p.Config
	if p.program == "" {
		p.program = plain
	}
	cfg.Command, cfg.Files = []string{p.program, p.op, path}, []string{path}
	var trace *explore.Trace
	var err error
	if kill >= 0 {
		trace, err = explore.KillAt(context.Background(), cfg, kill)
	} else {
		trace, err = explore.Run(context.Background(), cfg)
	}
	gone(t, trace)
	return trace, err
}

// must is run where nothing may go wrong.
func (p probe) must(t testing.TB, dir string, kill int) *explore.Trace {
	t.Helper()
	trace, err := p.run(t, dir, kill)
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// gone fails the test if the victim, which says who it is, is left or has not
// been waited for.
func gone(t testing.TB, trace *explore.Trace) {
	t.Helper()
	text, _, _ := strings.Cut(string(trace.Stdout), "\n")
	pid, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("the victim did not say who it is: %q", trace.Stdout)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("victim %d is left: %v", pid, err)
	}
}

func agree(t testing.TB, a, b *explore.Trace) {
	t.Helper()
	for _, d := range a.Diff(b) {
		t.Error(d)
	}
}

// word is the futex word of the victim's operations.
func word(m explore.Image) uint32 { return binary.LittleEndian.Uint32(m[0][128:]) }

func kinds(tr *explore.Trace) string {
	var all []string
	for _, s := range tr.States {
		text := string(s.Kind)
		if s.Name != "" {
			text += " " + s.Name
		}
		if s.Syscall != nil {
			text += " " + s.Syscall.Name
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}
