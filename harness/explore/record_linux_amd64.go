package explore

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/explore/internal/wire"
)

// record adds a state, has OnStop look at it, and returns what is to become of
// the victim, as an error. A store that has not changed the image is none.
func (t *tracer) record(kind Kind, r *unix.PtraceRegs, call *Syscall, other bool) error {
	changed, err := t.watch.look()
	if err != nil {
		return err
	}
	if kind == Store && !changed {
		return nil
	}
	s := State{Ordinal: len(t.trace.States), Kind: kind, Image: t.watch.last, Other: other}
	switch {
	case kind == Mark:
		s.Name = call.Path
	case call != nil:
		seen := *call
		s.Syscall = &seen
	}
	switch {
	case r != nil:
		s.place = t.placeOf(kind, r)
	case s.Ordinal > 0: // asleep, where it stood
		s.place = t.trace.Last().place
	}
	if last := s.Ordinal - 1; last >= 0 && !changed && t.same {
		s.Hash, s.Canonical = t.trace.States[last].Hash, t.trace.States[last].Canonical
	} else {
		s.Hash = s.Image.Hash()
		s.Canonical = t.cfg.Canonical(s.Image).Hash()
	}
	t.same = true
	t.trace.States = append(t.trace.States, s)
	if kind == End {
		t.trace.Stats.Operation = time.Since(t.began)
	}
	if t.cfg.OnStop == nil {
		return nil
	}
	action := t.cfg.OnStop(&t.trace.States[s.Ordinal])
	switch action {
	case Kill:
		return errKill
	case Detach:
		return errDetach
	}
	// What others have changed meanwhile is not this thread's doing.
	changed, err = t.watch.look()
	t.same = !changed
	return err
}

// placeOf tells where a thread stands: at the instruction that did it, or at
// the system call instruction.
func (t *tracer) placeOf(kind Kind, r *unix.PtraceRegs) place {
	distance := func(address uint64) int64 { return int64(address - t.origin) }
	pc := r.Rip
	if (kind == Enter || kind == Leave || kind == Mark) && t.isSyscall(pc-syscallSize) {
		pc -= syscallSize
	}
	p := place{pc: distance(pc)}
	stack := t.stack[:peek(t.pid, r.Rsp, t.stack[:])]
	word := func(address uint64) (uint64, bool) {
		at := address - r.Rsp
		if address < r.Rsp || at+8 > uint64(len(stack)) {
			return 0, false
		}
		return binary.LittleEndian.Uint64(stack[at:]), true
	}
	if top, ok := word(r.Rsp); ok {
		p.top = distance(top)
	}
	for frame := r.Rbp; p.depth < maxReturns; p.depth++ {
		caller, ok := word(frame)
		back, ok2 := word(frame + 8)
		if !ok || !ok2 {
			break
		}
		p.returns[p.depth] = distance(back)
		if caller <= frame {
			p.depth++
			break
		}
		frame = caller
	}
	return p
}

// mapping is a shared, writable mapping of some file in the victim. Which file
// does not matter: one that is not watched now may be renamed to one that is.
type mapping struct {
	start, end, offset uint64
}

// mappingOf returns the mapping that an address lies in.
func (t *tracer) mappingOf(address uint64) (mapping, bool) {
	for _, m := range t.mappings {
		if address >= m.start && address < m.end {
			return m, true
		}
	}
	return mapping{}, false
}

// findMappings brings the list up to date. Those that the tracer has made
// closed are known by their place.
func (t *tracer) findMappings() error {
	f, err := os.Open(fmt.Sprintf("/proc/%d/maps", t.pid))
	if err != nil {
		return err
	}
	defer f.Close()
	var found []mapping
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var m mapping
		var perms, dev string
		var inode uint64
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s %x %s %d", &m.start, &m.end, &perms, &m.offset, &dev, &inode); err != nil {
			return fmt.Errorf("mapping %q: %w", lines.Text(), err)
		}
		if len(perms) != 4 || perms[3] != 's' || inode == 0 {
			continue
		}
		if _, ours := t.mappingOf(m.start); strings.HasPrefix(perms, "rw") || ours && t.protected {
			found = append(found, m)
		}
	}
	t.mappings = found
	return lines.Err()
}

// protect closes all mappings to what the engine waits for, or opens them, by
// having a stopped thread ask for it.
func (t *tracer) protect(tid int, closed bool) error {
	prot := uint64(unix.PROT_READ | unix.PROT_WRITE)
	if closed {
		prot = t.closed()
	}
	for _, m := range t.mappings {
		if err := t.mprotect(tid, m, prot); err != nil {
			return err
		}
	}
	t.protected = closed
	return nil
}

// closed is what a protected mapping allows.
func (t *tracer) closed() uint64 {
	if t.cfg.Engine == Accesses {
		return unix.PROT_NONE
	}
	return unix.PROT_READ
}

func (t *tracer) mprotect(tid int, m mapping, prot uint64) error {
	result, err := t.inject(tid, unix.SYS_MPROTECT, m.start, m.end-m.start, prot)
	if err == nil && result != 0 {
		err = fmt.Errorf("mprotect in the victim: %w", unix.Errno(-result))
	}
	return err
}

// callInfo is what has to be known of a system call.
type callInfo struct {
	name string
	// private: nobody but the victim can notice it, however it dies; these are
	// also the calls that Go's runtime makes when it likes.
	private bool
	sleeps  bool // may wait for another thread or process
	path    int  // argument that names a file, from 1; 0 is none
}

var calls = map[uint64]callInfo{
	unix.SYS_READ:            {name: "read", sleeps: true},
	unix.SYS_WRITE:           {name: "write", sleeps: true},
	unix.SYS_READV:           {name: "readv", sleeps: true},
	unix.SYS_WRITEV:          {name: "writev", sleeps: true},
	unix.SYS_PREAD64:         {name: "pread64"},
	unix.SYS_PWRITE64:        {name: "pwrite64"},
	unix.SYS_OPEN:            {name: "open", path: 1},
	unix.SYS_OPENAT:          {name: "openat", path: 2},
	unix.SYS_CREAT:           {name: "creat", path: 1},
	unix.SYS_CLOSE:           {name: "close"},
	unix.SYS_STAT:            {name: "stat", path: 1, private: true},
	unix.SYS_LSTAT:           {name: "lstat", path: 1, private: true},
	unix.SYS_FSTAT:           {name: "fstat", private: true},
	unix.SYS_NEWFSTATAT:      {name: "newfstatat", path: 2, private: true},
	unix.SYS_STATX:           {name: "statx", path: 2, private: true},
	unix.SYS_LSEEK:           {name: "lseek", private: true},
	unix.SYS_MMAP:            {name: "mmap"},
	unix.SYS_MUNMAP:          {name: "munmap"},
	unix.SYS_MREMAP:          {name: "mremap"},
	unix.SYS_MPROTECT:        {name: "mprotect"},
	unix.SYS_MSYNC:           {name: "msync"},
	unix.SYS_FTRUNCATE:       {name: "ftruncate"},
	unix.SYS_TRUNCATE:        {name: "truncate", path: 1},
	unix.SYS_FALLOCATE:       {name: "fallocate"},
	unix.SYS_FSYNC:           {name: "fsync"},
	unix.SYS_FDATASYNC:       {name: "fdatasync"},
	unix.SYS_FLOCK:           {name: "flock", sleeps: true},
	unix.SYS_FCNTL:           {name: "fcntl", sleeps: true},
	unix.SYS_RENAME:          {name: "rename", path: 1},
	unix.SYS_RENAMEAT:        {name: "renameat", path: 2},
	unix.SYS_RENAMEAT2:       {name: "renameat2", path: 2},
	unix.SYS_LINK:            {name: "link", path: 1},
	unix.SYS_LINKAT:          {name: "linkat", path: 2},
	unix.SYS_SYMLINK:         {name: "symlink", path: 1},
	unix.SYS_UNLINK:          {name: "unlink", path: 1},
	unix.SYS_UNLINKAT:        {name: "unlinkat", path: 2},
	unix.SYS_MKDIR:           {name: "mkdir", path: 1},
	unix.SYS_MKDIRAT:         {name: "mkdirat", path: 2},
	unix.SYS_CHMOD:           {name: "chmod", path: 1},
	unix.SYS_FCHMOD:          {name: "fchmod"},
	unix.SYS_COPY_FILE_RANGE: {name: "copy_file_range"},
	unix.SYS_MEMFD_CREATE:    {name: "memfd_create"},
	unix.SYS_FUTEX:           {name: "futex"}, // see share and maySleep
	unix.SYS_KILL:            {name: "kill"},
	unix.SYS_EXIT_GROUP:      {name: "exit_group"},

	unix.SYS_SCHED_YIELD:       {name: "sched_yield", private: true},
	unix.SYS_NANOSLEEP:         {name: "nanosleep", private: true, sleeps: true},
	unix.SYS_CLOCK_NANOSLEEP:   {name: "clock_nanosleep", private: true, sleeps: true},
	unix.SYS_CLOCK_GETTIME:     {name: "clock_gettime", private: true},
	unix.SYS_GETTIMEOFDAY:      {name: "gettimeofday", private: true},
	unix.SYS_GETPID:            {name: "getpid", private: true},
	unix.SYS_GETTID:            {name: "gettid", private: true},
	unix.SYS_TGKILL:            {name: "tgkill", private: true},
	unix.SYS_CLONE:             {name: "clone", private: true},
	unix.SYS_CLONE3:            {name: "clone3", private: true},
	unix.SYS_MADVISE:           {name: "madvise", private: true},
	unix.SYS_BRK:               {name: "brk", private: true},
	unix.SYS_RT_SIGACTION:      {name: "rt_sigaction", private: true},
	unix.SYS_RT_SIGPROCMASK:    {name: "rt_sigprocmask", private: true},
	unix.SYS_RT_SIGRETURN:      {name: "rt_sigreturn", private: true},
	unix.SYS_SIGALTSTACK:       {name: "sigaltstack", private: true},
	unix.SYS_EPOLL_CREATE1:     {name: "epoll_create1", private: true},
	unix.SYS_EPOLL_CTL:         {name: "epoll_ctl", private: true},
	unix.SYS_EPOLL_PWAIT:       {name: "epoll_pwait", private: true, sleeps: true},
	unix.SYS_EPOLL_WAIT:        {name: "epoll_wait", private: true, sleeps: true},
	unix.SYS_PPOLL:             {name: "ppoll", private: true, sleeps: true},
	unix.SYS_POLL:              {name: "poll", private: true, sleeps: true},
	unix.SYS_EVENTFD2:          {name: "eventfd2", private: true},
	unix.SYS_GETRANDOM:         {name: "getrandom", private: true},
	unix.SYS_SCHED_GETAFFINITY: {name: "sched_getaffinity", private: true},
	unix.SYS_RSEQ:              {name: "rseq", private: true},
	unix.SYS_SET_ROBUST_LIST:   {name: "set_robust_list", private: true},
	// What is left of a sleep that a stop has interrupted.
	unix.SYS_RESTART_SYSCALL: {name: "restart_syscall", private: true, sleeps: true},
	unix.SYS_EXIT:            {name: "exit", private: true},
}

// Futex operations, and what is or'ed to them.
const (
	futexWait        = 0
	futexWake        = 1
	futexWaitBitset  = 9
	futexWakeBitset  = 10
	futexOperation   = 0x7f // without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME
	waitForEver      = 0    // the null timeout
	yieldsInARow     = 64   // after so many, others may be needed to go on
	restartFirst     = -516 // results of a call that the kernel will do again by itself
	restartLast      = -512
	lengthOfPathMost = 256
)

// callAt makes the description of the system call that a thread stands before.
func (t *tracer) callAt(r *unix.PtraceRegs, number uint64) *Syscall {
	c := &Syscall{Number: number, Args: [6]uint64{r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9}, Offset: -1}
	info, known := calls[number]
	if c.Name = info.name; !known {
		c.Name = fmt.Sprintf("syscall %d", number)
	}
	if info.path > 0 {
		c.Path = t.text(c.Args[info.path-1])
	}
	if c.isMark() {
		name := t.text(c.Args[1])
		c.Path = name[:min(uint64(len(name)), c.Args[2])]
		return c
	}
	for _, a := range c.Args {
		if m, ok := t.mappingOf(a); ok {
			c.Offset = int64(a - m.start + m.offset)
			break
		}
	}
	return c
}

// isPrivate reports whether nobody but the victim can notice the call.
func (c *Syscall) isPrivate() bool {
	switch c.Number {
	case unix.SYS_FUTEX, unix.SYS_MUNMAP, unix.SYS_MREMAP, unix.SYS_MPROTECT, unix.SYS_MADVISE:
		return c.Offset < 0
	case unix.SYS_MMAP:
		return c.Args[3]&unix.MAP_ANONYMOUS != 0
	case unix.SYS_FCNTL:
		return c.Args[1] <= unix.F_SETFL // the others are about locks and leases
	}
	return calls[c.Number].private || c.isMark()
}

// isMark reports whether the call is victim.Mark.
func (c *Syscall) isMark() bool {
	return c.Number == unix.SYS_WRITE && c.Args[0] == wire.MarkFD
}

func (c *Syscall) isFutex(operations ...uint64) bool {
	return c.Number == unix.SYS_FUTEX && slices.Contains(operations, c.Args[1]&futexOperation)
}

// maySleep reports whether the call may wait for another thread or process.
func (c *Syscall) maySleep() bool {
	if c.Number == unix.SYS_FUTEX {
		return !c.isFutex(futexWake, futexWakeBitset)
	}
	return calls[c.Number].sleeps && !c.isMark()
}

// sleepsForGood reports whether only another process, or another thread of the
// victim, can end the call.
func (c *Syscall) sleepsForGood() bool {
	return c.Offset >= 0 && c.isFutex(futexWait, futexWaitBitset) && c.Args[3] == waitForEver
}

// mayWrite reports whether the kernel may write to the shared mapping that the
// call points into. A futex wait or wake only reads there.
func (c *Syscall) mayWrite() bool {
	return c.Offset >= 0 && !c.isFutex(futexWait, futexWake, futexWaitBitset, futexWakeBitset) && !c.remaps()
}

// remaps reports whether the call may change which mappings there are.
func (c *Syscall) remaps() bool {
	switch c.Number {
	case unix.SYS_MMAP:
		return c.Args[3]&unix.MAP_ANONYMOUS == 0
	case unix.SYS_MPROTECT:
		return true
	case unix.SYS_MUNMAP, unix.SYS_MREMAP:
		return c.Offset >= 0
	}
	return false
}

// restarts reports whether the kernel will do the call again by itself.
func restarts(result int64) bool { return result >= restartFirst && result <= restartLast }
