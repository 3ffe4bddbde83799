package ring_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// call is a Push or Pop that runs in its own goroutine.
type call struct {
	done chan struct{}
	msg  []byte
	err  error
}

func (f *fixture) goPop(ctx context.Context) *call {
	return f.start(func(c *call) { c.msg, c.err = f.r.Pop(ctx, nil) })
}

func (f *fixture) goPush(ctx context.Context, msg []byte) *call {
	return f.start(func(c *call) { c.err = f.w.Push(ctx, msg) })
}

// start runs a call to which the fixture's ends belong until it is over, also
// when the test fails before that.
func (f *fixture) start(run func(*call)) *call {
	c := &call{done: make(chan struct{})}
	f.Cleanup(func() { <-c.done })
	go func() {
		defer close(c.done)
		run(c)
	}()
	return c
}

func (c *call) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// expectAsleep returns once the call's thread sleeps on the event word at the
// given file offset, and says whether its sleep has a time limit. The kernel
// tells: a thread in futex(2) shows its arguments in /proc.
func (f *fixture) expectAsleep(c *call, event uint64) (timed bool) {
	f.Helper()
	words := f.addresses(event)
	for {
		over := c.over()
		if timed, found := sleeperOn(f.T, words); found {
			return timed
		}
		if over {
			f.Fatalf("the call returned instead of sleeping: %v", c.err)
		}
		runtime.Gosched()
	}
}

// addresses lists where the byte of the ring file at the given offset is mapped.
func (f *fixture) addresses(offset uint64) map[uint64]bool {
	f.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		f.Fatal(err)
	}
	found := map[uint64]bool{}
	for line := range strings.Lines(string(maps)) {
		if !strings.HasSuffix(strings.TrimSpace(line), f.path) {
			continue
		}
		start, err := strconv.ParseUint(line[:strings.IndexByte(line, '-')], 16, 64)
		if err != nil {
			f.Fatal(err)
		}
		found[start+offset] = true
	}
	if len(found) == 0 {
		f.Fatalf("%s is not mapped", f.path)
	}
	return found
}

// sleeperOn looks for a thread in futex(2) on one of the words.
func sleeperOn(t *testing.T, words map[uint64]bool) (timed, found bool) {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/syscall")
	if err != nil || len(tasks) == 0 {
		t.Fatal("no threads to look at: ", err)
	}
	for _, task := range tasks {
		line, err := os.ReadFile(task)
		if os.IsPermission(err) {
			t.Fatal(err)
		}
		// Number, word, op, value, timeout, ...; the number is not looked at: it
		// is the kernel's, which under an emulator is not this program's.
		args := strings.Fields(string(line))
		if len(args) < 5 || args[2] != "0x0" || args[3] != "0x0" {
			continue
		}
		word, err := strconv.ParseUint(args[1], 0, 64)
		if err == nil && words[word] {
			return args[4] != "0x0", true
		}
	}
	return false, false
}
