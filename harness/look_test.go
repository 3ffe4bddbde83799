package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSleepIsOneAndTheSameBeforeAndAfter: a thread that was woken, or sleeps
// again, between two looks at it shows the call of the sleep before. The folder
// of a thread in /proc is one of files here, which change while they are read.
func TestSleepIsOneAndTheSameBeforeAndAfter(t *testing.T) {
	const address, offset = 0x7f0000001000, 64
	file := mappedRange{start: address, end: address + 4096}
	line := func(args string) string { return fmt.Sprintf("%d %s 0x7ffd0 0x46b0e3\n", unix.SYS_FUTEX, args) }
	wait := line(fmt.Sprintf("%#x 0x0 0x0 0x0 0x0 0x0", address+offset))
	for _, row := range []struct {
		name        string
		state       string // before the call is read,
		sleeps      int
		stateAfter  string // and after
		sleepsAfter int
		syscall     string
		want        bool
	}{
		{"in one sleep", "S (sleeping)", 7, "S (sleeping)", 7, wait, true},
		{"in a sleep of this process's alone", "S (sleeping)", 7, "S (sleeping)", 7, line(fmt.Sprintf("%#x 0x80 0x0 0x0 0x0 0x0", address+offset)), true},
		{"in one by the wall clock", "S (sleeping)", 7, "S (sleeping)", 7, line(fmt.Sprintf("%#x 0x189 0x0 0x0 0x0 0xffffffff", address+offset)), true},
		{"woken meanwhile", "S (sleeping)", 7, "R (running)", 7, wait, false},
		{"in another sleep by then", "S (sleeping)", 7, "S (sleeping)", 8, wait, false},
		{"awake before", "R (running)", 7, "S (sleeping)", 7, wait, false},
		{"stopped", "T (stopped)", 7, "T (stopped)", 7, wait, false},
		{"gone by then", "S (sleeping)", 7, "", 0, wait, false},
		{"at a word before the file", "S (sleeping)", 7, "S (sleeping)", 7, line(fmt.Sprintf("%#x 0x0 0x0 0x0 0x0 0x0", address-4)), false},
		{"at a word behind the file", "S (sleeping)", 7, "S (sleeping)", 7, line(fmt.Sprintf("%#x 0x0 0x0 0x0 0x0 0x0", address+4096)), false},
		{"that wakes", "S (sleeping)", 7, "S (sleeping)", 7, line(fmt.Sprintf("%#x 0x1 0x0 0x0 0x0 0x0", address+offset)), false},
		{"in another call", "S (sleeping)", 7, "S (sleeping)", 7, fmt.Sprintf("%d %#x 0x0 0x0 0x0 0x0 0x0 0x7ffd0 0x46b0e3\n", unix.SYS_READ, address+offset), false},
		{"that runs", "S (sleeping)", 7, "S (sleeping)", 7, "running\n", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir() + "/"
			status := func(state string, sleeps int) {
				os.Remove(dir + "status")
				if state == "" {
					return
				}
				text := fmt.Sprintf("Name:\tvictim\nState:\t%s\nvoluntary_ctxt_switches:\t%d\nnonvoluntary_ctxt_switches:\t%d\n", state, sleeps, sleeps)
				if err := os.WriteFile(filepath.Join(dir, "status"), []byte(text), 0o600); err != nil {
					t.Error(err)
				}
			}
			status(row.state, row.sleeps)
			if err := unix.Mkfifo(dir+"syscall", 0o600); err != nil {
				t.Fatal(err)
			}
			read := make(chan struct{})
			go func() { // opening waits for the reader
				defer close(read)
				w, err := os.OpenFile(dir+"syscall", os.O_WRONLY, 0)
				if err != nil {
					return
				}
				status(row.stateAfter, row.sleepsAfter)
				w.WriteString(row.syscall)
				w.Close()
			}()
			w, ok, err := futexWaitOf(dir, os.Getpid(), 1, file)
			if r, err := os.OpenFile(dir+"syscall", os.O_RDONLY|unix.O_NONBLOCK, 0); err == nil {
				<-read // whoever did not read it has let the writer wait
				r.Close()
			}
			if err != nil || ok != row.want || ok && (w.Offset != offset || w.Sleeps != 7) {
				t.Errorf("%+v, %v, %v, want %v", w, ok, err, row.want)
			}
		})
	}
}

// TestRuntimeThatLacksSomethingIsKnown by what it prints when it dies of it.
func TestRuntimeThatLacksSomethingIsKnown(t *testing.T) {
	for _, row := range []struct {
		output string
		want   unix.Errno
	}{
		{"runtime: failed to create new OS thread (have 5 already; errno=11)\nfatal error: newosproc\n", unix.EAGAIN},
		{"hello\nruntime: epollcreate failed with 24\nfatal error: runtime: netpollinit failed\n", unix.EMFILE},
		{"panic: runtime: failed to create new OS thread (have 5 already; errno=11)\n", 0},
		{"fatal error: runtime: out of memory\n", 0},
		{"", 0},
	} {
		if got := runtimeLacks(row.output); got != row.want {
			t.Errorf("%q: %v, want %v", row.output, got, row.want)
		}
	}
}
