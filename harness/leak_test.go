package harness_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
)

// TestNothingIsLeftOfAChild runs whole lives of children and finds this process
// as it was: no descriptor more, no zombie, nobody in Live.
func TestNothingIsLeftOfAChild(t *testing.T) {
	at := arm("after-write", 1, control.Park)
	for _, row := range []struct {
		name string
		life func(t *testing.T)
	}{
		{"parked and killed", func(t *testing.T) {
			c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
			c.Go("save", save{file(t), "new"})
			if _, err := c.WaitHit(patient(t), at); err != nil {
				t.Fatal(err)
			}
			if exit, err := c.Kill(); err != nil || !exit.Killed() {
				t.Fatalf("exit %v, %v, want SIGKILL", exit, err)
			}
			c.Close()
		}},
		{"finished", func(t *testing.T) {
			c := start(t, saver, harness.Config{})
			if err := c.Call(patient(t), "save", save{file(t), "new"}, nil); err != nil {
				t.Fatal(err)
			}
			if exit, err := c.Finish(patient(t)); err != nil || exit != (harness.Exit{}) {
				t.Fatalf("exit %v, %v, want code 0", exit, err)
			}
			c.Close()
		}},
		{"closed while it starts", func(t *testing.T) {
			start(t, saver, harness.Config{}).Close()
		}},
		{"never started", func(t *testing.T) {
			if _, err := (&harness.Program{Path: "/no/such/program"}).Start(harness.Config{Name: "victim", Role: "saver"}); err == nil {
				t.Fatal("no error")
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collected file would close its descriptor
			row.life(t)                                      // what is opened once, for all children
			before := descriptors(t)
			for range 20 {
				row.life(t)
			}
			for _, d := range descriptors(t) {
				if !slices.Contains(before, d) {
					t.Errorf("descriptor left open: %s", d)
				}
			}
			if left := offspring(t); len(left) > 0 {
				t.Errorf("processes left behind: %v", left)
			}
			if left := harness.Live(); len(left) > 0 {
				t.Errorf("%d children still in Live", len(left))
			}
		})
	}
}

// descriptors lists what this process has open, but for what the Go runtime
// opens for itself when it pleases.
func descriptors(t *testing.T) []string {
	t.Helper()
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	own := fmt.Sprintf("/proc/%d/fd", os.Getpid())
	var open []string
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err != nil || target == own || target == "anon_inode:[eventpoll]" || target == "anon_inode:[eventfd]" {
			continue
		}
		open = append(open, e.Name()+" "+target)
	}
	if len(open) < 3 {
		t.Fatalf("only %v open: stdin, stdout and stderr are missing", open)
	}
	return open
}

// TestCloseEndsAChildWhateverItDoes closes it twice: the second time is
// harmless.
func TestCloseEndsAChildWhateverItDoes(t *testing.T) {
	at := arm("after-write", 1, control.Park)
	for _, row := range []struct {
		name string
		arms []control.Arm
		do   func(t *testing.T, c *harness.Child)
		want harness.Exit
	}{
		{"just started", nil, func(*testing.T, *harness.Child) {}, harness.Exit{Code: -1, Signal: unix.SIGKILL}},
		{"idle", nil, func(t *testing.T, c *harness.Child) {
			if _, err := c.Hello(patient(t)); err != nil {
				t.Fatal(err)
			}
		}, harness.Exit{Code: -1, Signal: unix.SIGKILL}},
		{"parked", []control.Arm{at}, func(t *testing.T, c *harness.Child) {
			c.Go("save", save{file(t), "new"})
			if _, err := c.WaitHit(patient(t), at); err != nil {
				t.Fatal(err)
			}
		}, harness.Exit{Code: -1, Signal: unix.SIGKILL}},
		{"stopped", nil, func(t *testing.T, c *harness.Child) {
			if err := c.Stop(patient(t)); err != nil {
				t.Fatal(err)
			}
		}, harness.Exit{Code: -1, Signal: unix.SIGKILL}},
		{"finished", nil, func(t *testing.T, c *harness.Child) {
			if _, err := c.Finish(patient(t)); err != nil {
				t.Fatal(err)
			}
		}, harness.Exit{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := start(t, saver, harness.Config{Arms: row.arms})
			p := observe(t, c.PID())
			row.do(t, c)
			c.Close()
			if !p.reaped() {
				t.Error("Close has returned and the process is still there")
			}
			if exit, ok := c.Exit(); !ok || exit != row.want {
				t.Errorf("exit %v, %v, want %v", exit, ok, row.want)
			}
			if slices.Contains(harness.Live(), c) {
				t.Error("a closed child is live")
			}
			// Whoever opens a descriptor now is given a number that the child had.
			other, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			c.Close()
			if _, err := other.Stat(); err != nil {
				t.Errorf("the second Close has closed what is not the child's: %v", err)
			}
		})
	}
}

// TestClosedChildIsNotSignalled holds on to a child that was closed: its number
// and its descriptors may belong to others by now.
func TestClosedChildIsNotSignalled(t *testing.T) {
	c := start(t, saver, harness.Config{})
	c.Close()
	successor := start(t, saver, harness.Config{Name: "successor"})
	if _, err := successor.Hello(patient(t)); err != nil {
		t.Fatal(err)
	}
	c.Signal(unix.SIGKILL) // may fail; must hit nobody
	if err := successor.Call(patient(t), "save", save{file(t), "new"}, nil); err != nil {
		t.Errorf("the successor was hit: %v", err)
	}
}
