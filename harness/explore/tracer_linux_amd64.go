package explore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
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

// needsOthers tells whether the other threads must be let run, so that the
// operation's can go on: it sleeps, or it has yielded again and again to
// somebody who is stopped.
func (t *tracer) needsOthers(call *Syscall) bool {
	if call.Number == unix.SYS_SCHED_YIELD {
		t.yields++
		return t.yields%yieldsInARow == 0
	}
	return call.maySleep()
}
