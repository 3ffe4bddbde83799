package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
	"killpoint/harness/internal/threads"
)

// A FutexWait is a thread asleep in futex(2) on a word of a mapped file: what
// the kernel says of it, not what the program says.
type FutexWait struct {
	Tid    int
	Offset int64 // of the word, in the file
	// Timeout is what the thread passed; nil is a wait without end.
	Timeout *time.Duration
	// Sleeps counts how often the thread has gone to sleep so far, for
	// whatever reason.
	Sleeps int64
}

// kind is Entry.Of of a sleep.
func (w FutexWait) kind() string {
	if w.Timeout != nil {
		return "poll"
	}
	return ""
}

// String is for timelines.
func (w FutexWait) String() string {
	if w.Timeout == nil {
		return fmt.Sprintf("asleep in futex at file offset %d, no timeout", w.Offset)
	}
	return fmt.Sprintf("asleep in futex at file offset %d, timeout %v", w.Offset, *w.Timeout)
}

const (
	futexWait       = 0 // FUTEX_WAIT
	futexWaitBitset = 9 // FUTEX_WAIT_BITSET
	futexFlags      = 128 | 256
)

// FutexWaits returns the child's threads that sleep on a word of the file at
// path, mapped shared. A thread that was woken and has not run yet is not among
// them, nor one that is stopped, nor a wait with a timeout that a stop has
// interrupted: the kernel shows that as another call.
func (c *Child) FutexWaits(path string) ([]FutexWait, error) {
	if _, dead := c.Exit(); dead {
		return nil, fmt.Errorf("%s: %w", c.name, c.howEnded())
	}
	file, err := c.mapping(path)
	if err != nil || file.end == 0 {
		return nil, err
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", c.pid))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	var waits []FutexWait
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		if err != nil {
			continue
		}
		w, ok, err := futexWaitOf(fmt.Sprintf("/proc/%d/task/%d/", c.pid, tid), c.pid, tid, file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		if ok {
			waits = append(waits, w)
		}
	}
	return waits, nil
}

// futexWaitOf reads what one thread is doing from its folder in /proc. A thread that has gone is doing
// nothing. What is read in between counts only if the thread was asleep before
// and after, in one and the same sleep: a thread whose wake-up is on its way to
// another processor still shows the call that it slept in, but its state is no
// longer S.
func futexWaitOf(dir string, pid, tid int, file mappedRange) (w FutexWait, ok bool, err error) {
	before, sleeps := stateOf(dir)
	if before != 'S' {
		return w, false, nil
	}
	line, err := os.ReadFile(dir + "syscall")
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return w, false, fmt.Errorf("%w: seeing what a process waits for needs the right to trace it (CAP_SYS_PTRACE, or the same user and kernel.yama.ptrace_scope 0 or 1)", err)
		}
		return w, false, nil
	}
	fields := strings.Fields(string(line))
	if len(fields) < 7 || fields[0] != strconv.Itoa(unix.SYS_FUTEX) {
		return w, false, nil
	}
	var args [4]uint64 // address, operation, value, timeout
	for i := range args {
		if args[i], err = strconv.ParseUint(fields[i+1], 0, 64); err != nil {
			return w, false, fmt.Errorf("%ssyscall says %q: %w", dir, line, err)
		}
	}
	op := args[1] &^ futexFlags
	if (op != futexWait && op != futexWaitBitset) || args[0] < file.start || args[0] >= file.end {
		return w, false, nil
	}
	w = FutexWait{Tid: tid, Offset: int64(args[0]-file.start) + file.offset, Sleeps: sleeps}
	if args[3] != 0 {
		d, err := readTimespec(pid, args[3])
		if err != nil {
			return w, false, nil // it woke while we looked
		}
		w.Timeout = &d
	}
	after, again := stateOf(dir)
	return w, after == 'S' && again == sleeps, nil
}

func readTimespec(pid int, addr uint64) (time.Duration, error) {
	var buf [16]byte
	local := []unix.Iovec{{Base: &buf[0], Len: uint64(len(buf))}}
	remote := []unix.RemoteIovec{{Base: uintptr(addr), Len: len(buf)}}
	if _, err := unix.ProcessVMReadv(pid, local, remote, 0); err != nil {
		return 0, err
	}
	sec := int64(binary.NativeEndian.Uint64(buf[:8]))
	nsec := int64(binary.NativeEndian.Uint64(buf[8:]))
	return time.Duration(sec)*time.Second + time.Duration(nsec), nil
}

// stateOf reads the state letter of a thread and how often it gave up its
// processor of its own accord; zero if it has gone.
func stateOf(dir string) (state byte, sleeps int64) {
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		return 0, 0
	}
	field := func(name string) string {
		_, rest, _ := strings.Cut(string(status), "\n"+name+":")
		line, _, _ := strings.Cut(rest, "\n")
		return strings.TrimSpace(line)
	}
	if letters := field("State"); letters != "" {
		state = letters[0]
	}
	sleeps, _ = strconv.ParseInt(field("voluntary_ctxt_switches"), 10, 64)
	return state, sleeps
}

// mappedRange is where a file lies in a process's memory; the zero value is
// nowhere.
type mappedRange struct {
	start, end uint64
	offset     int64
	inode      uint64
}

// realPath is the path as the kernel shows it, without symbolic links; the file
// itself may be unlinked.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.Base(abs)), nil
}

// mapping finds the shared mapping of a file, and remembers it as long as the
// path means the same file: a child has one mapping of a file at a time.
func (c *Child) mapping(path string) (mappedRange, error) {
	abs, err := realPath(path)
	if err != nil {
		return mappedRange{}, err
	}
	var st unix.Stat_t
	unix.Stat(abs, &st) // all zero once the file is unlinked
	c.mu.Lock()
	r, ok := c.mapped[abs]
	c.mu.Unlock()
	if ok && (st.Ino == 0 || st.Ino == r.inode) {
		return r, nil
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/maps", c.pid))
	if err != nil {
		return mappedRange{}, fmt.Errorf("%s: %w", c.name, err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		// address perms offset dev inode path
		fields := strings.SplitN(lines.Text(), " ", 6)
		if len(fields) < 6 || strings.TrimSuffix(strings.TrimSpace(fields[5]), " (deleted)") != abs {
			continue
		}
		from, to, _ := strings.Cut(fields[0], "-")
		start, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		offset, err3 := strconv.ParseInt(fields[2], 16, 64)
		if err := errors.Join(err1, err2, err3); err != nil {
			return mappedRange{}, fmt.Errorf("%s: %q: %w", f.Name(), lines.Text(), err)
		}
		inode, err := strconv.ParseUint(fields[4], 10, 64)
		if err != nil {
			return mappedRange{}, fmt.Errorf("%s: %q: %w", f.Name(), lines.Text(), err)
		}
		if st.Ino != 0 && st.Ino != inode {
			continue // an unlinked file of the same name
		}
		r = mappedRange{start, end, offset, inode}
		c.mu.Lock()
		if c.mapped == nil {
			c.mapped = map[string]mappedRange{}
		}
		c.mapped[abs] = r
		c.mu.Unlock()
		return r, nil
	}
	return mappedRange{}, lines.Err()
}

// look is how long an observer waits between two looks at /proc.
const look = 30 * time.Microsecond

// WaitAsleep waits until a thread of the child sleeps on the word at the given
// offset of the file and accept, unless nil, takes the wait. It returns
// ErrNeverReached if the child finishes its calls instead.
func (c *Child) WaitAsleep(ctx context.Context, path string, offset int64, accept func(FutexWait) bool) (FutexWait, error) {
	what := fmt.Sprintf("sleep on offset %d of %s", offset, path)
	for {
		// Ask before looking: a child that has finished cannot fall asleep, and
		// what is seen counts even if the time is over.
		c.mu.Lock()
		idle, fatal := c.idle(), c.fatal
		var never error
		if idle {
			never = c.neverReached()
		}
		c.mu.Unlock()
		late := ctx.Err() != nil
		waits, err := c.FutexWaits(path)
		if err != nil {
			return FutexWait{}, c.wrap(what, err)
		}
		for _, w := range waits {
			if w.Offset == offset && (accept == nil || accept(w)) {
				c.timeline.Mark(Slept, w.kind(), c.name, "%s", w)
				return w, nil
			}
		}
		switch {
		case fatal != "":
			return FutexWait{}, c.wrap(what, fmt.Errorf("%w: %s", ErrProtocol, fatal))
		case idle:
			return FutexWait{}, c.wrap(what, never)
		case late:
			return FutexWait{}, c.wrap(what, fmt.Errorf("%w (%v)", ErrDeadline, context.Cause(ctx)))
		}
		pause := unix.NsecToTimespec(int64(look))
		unix.Nanosleep(&pause, nil)
	}
}

// CPUTime returns the processor time that the child has used so far.
func (c *Child) CPUTime() (time.Duration, error) {
	const perProcessClock = 2 // CPUCLOCK_SCHED, see clock_getcpuclockid(3)
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^c.pid<<3|perProcessClock), &ts); err != nil {
		return 0, fmt.Errorf("%s: CPU time: %w", c.name, err)
	}
	return time.Duration(ts.Nano()), nil
}

// A Settled is what a child's call has come to, for certain.
type Settled string

// What a call comes to.
const (
	Done      Settled = "done"      // it has ended
	Asleep    Settled = "asleep"    // it sleeps without end, and nobody can wake it
	Repolling Settled = "repolling" // it sleeps for a while, again and again
)

// Settle watches a child whose call may sleep on the word at the given offset of
// the file until it is certain what becomes of it, without asking a clock:
//
//   - Done, when the call has ended;
//   - Asleep, when the kernel shows a thread asleep in futex(2) on the word
//     with no timeout, and image, which reads the file, gives the same before
//     and after. That decides it only where all others that could wake it are
//     dead, stopped or idle, which the caller knows;
//   - Repolling, when the kernel shows it in three different sleeps, each with
//     a timeout: between two of them it has looked at the file.
//
// The image is the one in which it was found; nil if it is Done.
func (c *Child) Settle(ctx context.Context, p *Pending, path string, word int64, image func() ([]byte, error)) (Settled, []byte, error) {
	sleeps := map[int64]bool{}
	for {
		before, err := image()
		waits, werr := c.FutexWaits(path)
		if _, done := p.Reply(); done {
			return Done, nil, nil
		}
		c.mu.Lock()
		fatal := c.fatal
		c.mu.Unlock()
		if fatal != "" {
			return "", nil, c.wrap("settle "+p.op, fmt.Errorf("%w: %s", ErrProtocol, fatal))
		}
		if err == nil {
			err = werr
		}
		if err != nil {
			return "", nil, err
		}
		for _, w := range waits {
			if w.Offset != word {
				continue
			}
			if w.Timeout != nil {
				if !sleeps[w.Sleeps] {
					sleeps[w.Sleeps] = true
					c.timeline.Mark(Polled, "", c.name, "%s: sleep %d of 3", w, len(sleeps))
				}
				continue
			}
			after, err := image()
			if err != nil {
				return "", nil, err
			}
			if bytes.Equal(before, after) {
				c.timeline.Mark(Slept, "", c.name, "%s: nobody can wake it", w)
				return Asleep, before, nil
			}
		}
		if len(sleeps) >= 3 {
			c.timeline.Add(c.name, "polls: seen in %d sleeps", len(sleeps))
			after, err := image()
			return Repolling, after, err
		}
		if ctx.Err() != nil {
			return "", nil, c.wrap("settle "+p.op, fmt.Errorf("%w (%v)", ErrDeadline, context.Cause(ctx)))
		}
		pause := unix.NsecToTimespec(int64(look))
		unix.Nanosleep(&pause, nil)
	}
}

// Stacks asks the child what all its goroutines are doing. It answers whatever
// its operation does, unless it is stopped.
func (c *Child) Stacks(ctx context.Context) (string, error) {
	c.mu.Lock()
	n := c.asked
	c.asked++
	c.mu.Unlock()
	c.send(control.Command{Stacks: true})
	var text string
	err := c.await(ctx, "its stacks", func() (bool, error) {
		if len(c.stacks) <= n {
			return false, nil
		}
		text = c.stacks[n]
		return true, nil
	})
	return text, err
}

// Threads is what the kernel says of each thread: its state, and the system
// call in which it is, as /proc writes it. It needs no answer of the child; one
// that has ended has none.
func (c *Child) Threads() string {
	if _, ended := c.Exit(); ended {
		return ""
	}
	return threads.Of(c.pid)
}

// Observable reports whether FutexWaits can see the child's threads, which takes
// the right to trace one's own children. The error says what refuses it.
func (c *Child) Observable() error {
	if _, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", c.pid)); err != nil {
		return fmt.Errorf("the kernel does not show what a child waits for: %w", err)
	}
	return nil
}
