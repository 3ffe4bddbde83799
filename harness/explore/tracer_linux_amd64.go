package explore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/explore/internal/wire"
	"killpoint/harness/internal/threads"
)

const (
	segvAccess  = 2 // si_code: the mapping does not allow it
	syscallSize = 2 // bytes of the instruction 0f 05
	breakSize   = 1 // bytes of the instruction cc
)

// How a run ends early; run turns them into what the caller sees.
var (
	errDead   = errors.New("victim has died")
	errFinish = errors.New("operation is over")
	errKill   = errors.New("to be killed here")
	errDetach = errors.New("to be let go here")
	errAsleep = errors.New("asleep for good")
)

// tracer is one run. Everything but the watchdog happens on one thread, the
// only one whose ptrace calls the kernel accepts.
type tracer struct {
	cfg   Config
	trace *Trace
	*victim
	watch *watch

	threads map[int]*thread
	early   map[int]unix.WaitStatus // what has happened to a thread while another one was waited for
	frozen  bool                    // all threads but the operation's are kept stopped
	// following says that the operation has begun: what other threads do from
	// then on are states too.
	following bool

	mappings  []mapping
	protected bool // they are closed to what the engine waits for

	origin    uint64 // see wire.Hello
	syscallAt uint64 // a system call instruction in the victim
	mark      uint64 // address behind the breakpoint at begin and end
	began     time.Time
	yields    int
	again     *Syscall        // that the kernel will do again by itself
	same      bool            // nobody has changed the image since the last state
	syscalls  map[uint64]bool // whether a system call instruction stands there
	stack     [2048]byte

	reaped  bool // the victim's process has been waited for
	exit    unix.WaitStatus
	expired atomic.Pointer[string] // the victim's threads, when the watchdog ended it
}

// run is Run on a thread of its own, which is never unlocked: it ends with its
// goroutine, and the kernel kills what it traced, whatever has happened.
func run(ctx context.Context, cfg Config, trace *Trace) error {
	done := make(chan error, 1)
	var panicked any
	go func() {
		runtime.LockOSThread()
		err := errors.New("OnStop ended the goroutine")
		defer func() {
			panicked = recover()
			done <- err
		}()
		err = newTracer(cfg, trace).run(ctx)
	}()
	err := <-done
	if panicked != nil {
		panic(panicked)
	}
	return err
}

func newTracer(cfg Config, trace *Trace) *tracer {
	return &tracer{
		cfg: cfg, trace: trace,
		threads: map[int]*thread{}, early: map[int]unix.WaitStatus{}, syscalls: map[uint64]bool{},
	}
}

func (t *tracer) run(ctx context.Context) (err error) {
	if t.watch, err = newWatch(t.cfg.Files); err != nil {
		return err
	}
	defer t.watch.close()
	if t.victim, err = spawn(t.cfg); err != nil {
		return err
	}
	defer t.victim.close()
	defer t.end()
	over := make(chan struct{})
	defer close(over)
	go t.watchdog(over)
	defer context.AfterFunc(ctx, t.kill)()

	err = t.explore()
	strange := err == errDead && t.stranger(t.exit)
	if err == errFinish || err == errDetach {
		t.trace.Ending = map[error]Ending{errFinish: Finished, errDetach: Detached}[err]
		err = t.letGo()
		strange = t.reaped && t.stranger(t.exit)
	}
	t.end()
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case t.expired.Load() != nil:
		err = fmt.Errorf("%w after %v, at state %d, its threads then:\n%s", ErrWatchdog, t.cfg.Watchdog, len(t.trace.States)-1, *t.expired.Load())
		if len(t.trace.States) == 0 {
			err = fmt.Errorf("%w after %v: %w", ErrWatchdog, t.cfg.Watchdog, ErrNoMark)
		}
	case strange:
		err = fmt.Errorf("%w, at state %d", ErrKilled, len(t.trace.States)-1)
	case err == errKill || err == errAsleep:
		t.trace.Ending = map[error]Ending{errKill: Killed, errAsleep: Sleeping}[err]
		if err = nil; !t.exit.Signaled() || t.exit.Signal() != unix.SIGKILL {
			err = fmt.Errorf("%w: it was to be killed, but %s", ErrEnded, describe(t.exit))
		}
	case err == errDead:
		err = fmt.Errorf("%w before the end of its operation: %s", ErrEnded, describe(t.exit))
	}
	t.trace.Stdout, t.trace.Stderr = t.output()
	if err != nil {
		if len(t.trace.Stderr) > 0 {
			err = fmt.Errorf("%w; the victim says:\n%s", err, t.trace.Stderr)
		}
		return err
	}
	if _, err := t.watch.look(); err != nil {
		return err
	}
	t.trace.After = t.watch.last
	return t.name()
}

// watchdog ends the run after its time. It counts in beats, each of which counts
// once however long this process itself was stopped meanwhile.
func (t *tracer) watchdog(over <-chan struct{}) {
	const beats = 64
	beat := time.NewTicker(max(t.cfg.Watchdog/beats, 1))
	defer beat.Stop()
	for range beats {
		select {
		case <-over:
			return
		case <-beat.C:
		}
	}
	seen := threads.Of(t.pid)
	t.expired.Store(&seen)
	t.kill()
}

// explore takes the victim from its greeting to the end of its operation.
func (t *tracer) explore() error {
	hello, err := t.greeting()
	if err != nil {
		return err
	}
	t.origin = hello.Origin
	if hello.Thread != t.pid {
		return fmt.Errorf("%w: Operation was called on thread %d of process %d, not on the main goroutine", ErrCannot, hello.Thread, t.pid)
	}
	if err := t.seize(); err != nil {
		return err
	}
	if err := t.begin(); err != nil {
		return err
	}
	if t.cfg.Engine == SingleStep {
		return t.stepThrough()
	}
	return t.runThrough()
}

// greeting waits for the victim to come to its operation.
func (t *tracer) greeting() (wire.Hello, error) {
	b := make([]byte, wire.HelloSize)
	n, err := unix.Read(t.hello, b)
	for err == unix.EINTR {
		n, err = unix.Read(t.hello, b)
	}
	if err != nil || n == 0 {
		t.end()
		return wire.Hello{}, fmt.Errorf("%w: %s", ErrNoMark, describe(t.exit))
	}
	h, err := wire.DecodeHello(b[:n])
	if err != nil {
		return h, fmt.Errorf("%w: %w", ErrNoMark, err)
	}
	return h, nil
}

// begin lets the victim go to its first breakpoint.
func (t *tracer) begin() error {
	var r unix.PtraceRegs
	if err := t.findMappings(); err != nil {
		return err
	}
	if _, err := unix.Write(t.goOn, []byte{1}); err != nil {
		return err
	}
	// To return from its read it may need a processor that another thread of the
	// runtime has taken from it.
	if err := t.thaw(); err != nil {
		return err
	}
	for {
		ws, err := t.resume(unix.PTRACE_SYSCALL, 0, nil)
		if err == nil {
			err = getRegs(t.pid, &r)
		}
		switch {
		case err != nil:
			return err
		case ws>>16 != 0 || ws.StopSignal() == unix.SIGURG:
		case ws.StopSignal() == unix.SIGTRAP|0x80:
			t.syscallAt = r.Rip - syscallSize // the read for which it waits, at least
		case ws.StopSignal() == unix.SIGTRAP:
			if err := t.freeze(0); err != nil {
				return err
			}
			t.following = true
			t.mark, t.began, t.trace.Stats.Steps = r.Rip, time.Now(), 0
			if t.cfg.Engine != SingleStep {
				if err := t.protect(t.pid, true); err != nil {
					return err
				}
			}
			return t.record(Begin, &r, nil, false)
		default:
			return fmt.Errorf("%w: signal %s on the way to its operation", ErrNoMark, unix.SignalName(ws.StopSignal()))
		}
	}
}

// resume lets the operation's thread go on until its next stop. If it does a
// call that may sleep, the others run meanwhile.
func (t *tracer) resume(request, signal int, call *Syscall) (unix.WaitStatus, error) {
	if t.trace.Stats.Steps++; t.trace.Stats.Steps > t.cfg.MaxSteps {
		return 0, fmt.Errorf("%w: %d", ErrSteps, t.cfg.MaxSteps)
	}
	main := t.threads[t.pid]
	if signal == 0 {
		signal, main.signal = main.signal, 0
	}
	main.stopped = false
	if err := ptrace(request, t.pid, 0, uintptr(signal)); err != nil {
		if err == unix.ESRCH { // killed meanwhile; the wait says so
			return t.waitFor(t.pid)
		}
		return 0, fmt.Errorf("continue the victim: %w", err)
	}
	if call == nil || !t.needsOthers(call) {
		return t.waitFor(t.pid)
	}
	if call.sleepsForGood() {
		if ws, awake, err := t.untilAsleep(); awake || err != nil {
			return ws, err
		}
		if err := t.record(Asleep, nil, call, false); err != nil {
			return 0, err
		}
		if t.cfg.OnStop == nil {
			return 0, errAsleep
		}
	}
	if err := t.thaw(); err != nil {
		return 0, err
	}
	ws, err := t.waitFor(t.pid)
	if err != nil {
		return ws, err
	}
	return ws, t.freeze(0)
}

// needsOthers reports whether the other threads must be let run, so that the
// operation's can go on: it sleeps, or it has yielded again and again to
// somebody who is stopped.
func (t *tracer) needsOthers(call *Syscall) bool {
	if call.Number == unix.SYS_SCHED_YIELD {
		t.yields++
		return t.yields%yieldsInARow == 0
	}
	return call.maySleep()
}

// thread is a thread of the victim.
type thread struct {
	stopped bool
	signal  int      // to be given to it when it goes on
	fault   *mapping // where it is about to store; it waits until nobody else runs
	call    *Syscall // that it is within
	atCall  bool     // it is before or behind that call, which is a state; it waits as for a store
}

const traceOptions = unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE |
	unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC

// seize attaches to all threads and stops them.
func (t *tracer) seize() error {
	for more := true; more; {
		more = false
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", t.pid))
		if err != nil {
			return err
		}
		for _, task := range tasks {
			tid, err := strconv.Atoi(filepath.Base(task.Name()))
			if err != nil || t.threads[tid] != nil {
				continue
			}
			switch err := ptrace(unix.PTRACE_SEIZE, tid, 0, traceOptions); err {
			case nil:
				t.threads[tid] = new(thread)
				more = true
			case unix.ESRCH: // has ended
			case unix.EPERM: // made by one that is traced, and so traced from the start, or refused
				if err := ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0); err != nil {
					return fmt.Errorf("trace thread %d of the victim: %w: see kernel.yama.ptrace_scope", tid, unix.EPERM)
				}
				t.threads[tid] = new(thread)
			default:
				return fmt.Errorf("trace thread %d of the victim: %w", tid, err)
			}
		}
	}
	return t.freeze(t.pid)
}

// freeze stops every thread but the operation's, which is stopped already or
// sleeps, and waits until they have stopped. In the beginning it stops that
// one too.
func (t *tracer) freeze(main int) error {
	t.frozen = true
	for tid, th := range t.threads {
		if !th.stopped && (tid != t.pid || tid == main) {
			if err := ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0); err != nil && err != unix.ESRCH {
				return fmt.Errorf("interrupt thread %d of the victim: %w", tid, err)
			}
		}
	}
	for t.running(main) > 0 {
		tid, ws, err := t.wait()
		if err != nil {
			return err
		}
		if tid == t.pid && tid != main && ws.Stopped() {
			t.early[tid] = ws
			continue
		}
		if err := t.note(tid, ws); err != nil {
			return err
		}
	}
	return nil
}

func (t *tracer) running(main int) (n int) {
	for tid, th := range t.threads {
		if !th.stopped && (tid != t.pid || tid == main) {
			n++
		}
	}
	return n
}

// thaw lets all threads but the operation's run: that one sleeps, and they may
// have to wake it.
func (t *tracer) thaw() error {
	for tid, th := range t.threads {
		if th.fault != nil {
			m := *th.fault
			th.fault = nil
			if err := t.store(tid, m); err != nil {
				return err
			}
		}
	}
	for tid, th := range t.threads {
		if th.atCall {
			th.atCall = false
			if err := t.otherCall(tid, th); err != nil {
				return err
			}
		}
	}
	t.frozen = false
	for tid, th := range t.threads {
		if tid != t.pid && th.stopped {
			if err := t.release(tid, th); err != nil {
				return err
			}
		}
	}
	return nil
}

// release lets a stopped thread other than the operation's run.
func (t *tracer) release(tid int, th *thread) error {
	signal := th.signal
	th.stopped, th.signal = false, 0
	request := unix.PTRACE_CONT
	if t.following {
		request = unix.PTRACE_SYSCALL
	}
	if err := ptrace(request, tid, 0, uintptr(signal)); err != nil && err != unix.ESRCH {
		return fmt.Errorf("continue thread %d of the victim: %w", tid, err)
	}
	return nil
}

// wait waits for anything to happen to any thread of the victim: they, and no
// other children of this process, are its process group.
func (t *tracer) wait() (tid int, ws unix.WaitStatus, err error) {
	for {
		tid, err = unix.Wait4(-t.pid, &ws, unix.WALL|unix.WNOTHREAD, nil)
		switch err {
		case nil:
			return tid, ws, nil
		case unix.EINTR:
		default:
			return 0, 0, fmt.Errorf("wait for the victim: %w", err)
		}
	}
}

// waitFor waits until something happens to one thread, and sees to the others
// meanwhile.
func (t *tracer) waitFor(want int) (unix.WaitStatus, error) {
	for {
		// What happened before, or while another thread was seen to.
		if ws, ok := t.early[want]; ok {
			delete(t.early, want)
			t.threads[want].stopped = true
			return ws, nil
		}
		tid, ws, err := t.wait()
		switch {
		case err != nil:
			return 0, err
		case tid == want || tid == t.pid && (ws.Exited() || ws.Signaled()):
			if ws.Stopped() {
				t.threads[tid].stopped = true
			}
			return ws, t.dead(tid, ws)
		case tid == t.pid:
			t.early[tid] = ws
		default:
			if err := t.note(tid, ws); err != nil {
				return 0, err
			}
		}
	}
}

// dead turns the end of the victim into an error.
func (t *tracer) dead(tid int, ws unix.WaitStatus) error {
	if tid != t.pid || ws.Stopped() {
		return nil
	}
	t.reaped, t.exit = true, ws
	return errDead
}

// note sees to a thread other than the operation's to which something has
// happened. While all are frozen it stays stopped.
func (t *tracer) note(tid int, ws unix.WaitStatus) error {
	if ws.Exited() || ws.Signaled() {
		delete(t.threads, tid)
		return t.dead(tid, ws)
	}
	th := t.threads[tid]
	if th == nil {
		th = new(thread) // its maker's report may come later
		t.threads[tid] = th
	}
	th.stopped = true
	event, signal := ws>>16, ws.StopSignal()
	switch {
	case event == unix.PTRACE_EVENT_FORK || event == unix.PTRACE_EVENT_VFORK || event == unix.PTRACE_EVENT_EXEC:
		return fmt.Errorf("%w: it starts another program", ErrCannot)
	case event != 0:
	case signal == unix.SIGSEGV && t.protected:
		if code, address, err := fault(tid); err == nil && code == segvAccess {
			if m, ok := t.mappingOf(address); ok {
				th.fault = &m
				if t.frozen {
					return nil
				}
				if err := t.freeze(0); err != nil {
					return err
				}
				return t.thaw()
			}
		}
		th.signal = int(signal)
	case signal == unix.SIGTRAP|0x80 && t.following && tid != t.pid:
		state, err := t.callStop(tid, th)
		if err != nil {
			return err
		}
		if state {
			th.atCall = true
			if t.frozen {
				return nil
			}
			if err := t.freeze(0); err != nil {
				return err
			}
			return t.thaw()
		}
	case signal == unix.SIGURG || signal == unix.SIGTRAP || signal == unix.SIGTRAP|0x80:
	default:
		th.signal = int(signal)
	}
	if t.frozen || tid == t.pid {
		return nil
	}
	return t.release(tid, th)
}

// callStop looks at a thread other than the operation's that has come to a system
// call, or is behind one, and reports whether that is a state.
func (t *tracer) callStop(tid int, th *thread) (state bool, err error) {
	var r unix.PtraceRegs
	if err := getRegs(tid, &r); err != nil {
		if err == unix.ESRCH { // killed meanwhile; the wait says so
			return false, nil
		}
		return false, err
	}
	if th.call != nil { // behind it
		call := th.call
		call.Result, call.done = int64(r.Rax), true
		switch {
		case restarts(call.Result):
			th.call = nil
			return false, nil
		case call.remaps(), !call.isPrivate():
			return true, nil
		}
		th.call = nil
		return false, nil
	}
	if int64(r.Rax) != -int64(unix.ENOSYS) { // behind a call in which it was when it was first stopped
		return false, nil
	}
	th.call = t.callAt(&r, r.Orig_rax)
	return !th.call.isPrivate(), nil
}

// otherCall does what a state of another thread takes, while all others stand
// still: the state before its call, the call itself, unless it may have to wait for
// somebody, and the state behind it. The thread stays stopped.
func (t *tracer) otherCall(tid int, th *thread) error {
	var r unix.PtraceRegs
	if err := getRegs(tid, &r); err != nil {
		return err
	}
	call := th.call
	if call.done {
		return t.otherLeft(tid, th, &r)
	}
	if call.mayWrite() && t.protected || t.cfg.Engine == Accesses && call.Offset >= 0 && !call.remaps() {
		return fmt.Errorf("%w: another thread than the operation's has the kernel reach into a shared mapping: %s", ErrCannot, call)
	}
	if err := t.record(Enter, &r, call, true); err != nil {
		return err
	}
	if call.maySleep() && !t.onFile(call) {
		return nil
	}
	for {
		th.stopped = false
		if err := ptrace(unix.PTRACE_SYSCALL, tid, 0, 0); err != nil {
			return fmt.Errorf("continue thread %d of the victim: %w", tid, err)
		}
		ws, err := t.waitFor(tid)
		switch {
		case err != nil:
			return err
		case !ws.Stopped(): // exit(2) of this thread alone
			delete(t.threads, tid)
			return nil
		case ws>>16 == unix.PTRACE_EVENT_FORK, ws>>16 == unix.PTRACE_EVENT_VFORK, ws>>16 == unix.PTRACE_EVENT_EXEC:
			return fmt.Errorf("%w: it starts another program", ErrCannot)
		case ws>>16 != 0, ws.StopSignal() == unix.SIGURG:
		case ws.StopSignal() == unix.SIGTRAP|0x80:
			if err := getRegs(tid, &r); err != nil {
				return err
			}
			call.Result, call.done = int64(r.Rax), true
			if restarts(call.Result) {
				th.call = nil
				return nil
			}
			return t.otherLeft(tid, th, &r)
		default:
			th.signal = int(ws.StopSignal())
		}
	}
}

// otherLeft is the state behind a call of another thread.
func (t *tracer) otherLeft(tid int, th *thread, r *unix.PtraceRegs) error {
	call := th.call
	th.call = nil
	if call.remaps() {
		closed := t.protected
		if err := t.findMappings(); err != nil {
			return err
		}
		if closed {
			if err := t.protect(tid, true); err != nil {
				return err
			}
		}
	}
	if call.isPrivate() {
		return nil
	}
	if call.Result == -int64(unix.EFAULT) && t.protected {
		return fmt.Errorf("%w: %s of another thread is to write to a shared mapping", ErrCannot, call)
	}
	return t.record(Leave, r, call, true)
}

// onFile reports whether the call is on a file with a path: one that waits for
// nobody.
func (t *tracer) onFile(call *Syscall) bool {
	if call.Number == unix.SYS_FUTEX || call.Number == unix.SYS_FLOCK || call.Number == unix.SYS_FCNTL {
		return false
	}
	target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", t.pid, int32(call.Args[0])))
	if err != nil || !strings.HasPrefix(target, "/") {
		return false
	}
	info, err := os.Stat(fmt.Sprintf("/proc/%d/fd/%d", t.pid, int32(call.Args[0])))
	return err == nil && info.Mode().IsRegular()
}
