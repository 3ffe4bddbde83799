package explore

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"killpoint/harness/explore/internal/wire"
	"killpoint/harness/internal/inherit"
)

// victim is the process that is traced, and the tracer's ends of its pipes. It
// is the only child that the tracing thread waits for, by its process group.
type victim struct {
	pid   int
	pidfd int
	hello int // from the victim
	goOn  int // to it
	out   *os.File
	errs  *os.File

	alive sync.Mutex // held while pidfd is used
	sent  bool       // a SIGKILL of this run
}

const addrNoRandomize = 0x0040000 // personality(2): the same addresses in every run

// spawn starts the victim, in a process group of its own, on the calling
// thread: it dies with that.
func spawn(cfg Config) (_ *victim, err error) {
	v := &victim{pidfd: -1, hello: -1, goOn: -1}
	defer func() {
		if err != nil {
			v.close()
		}
	}()
	var hello, goOn [2]int
	if err := unix.Pipe2(hello[:], unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	v.hello = hello[0]
	defer unix.Close(hello[1])
	if err := unix.Pipe2(goOn[:], unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	v.goOn = goOn[1]
	defer unix.Close(goOn[0])
	if v.out, err = memoryFile("stdout"); err != nil {
		return nil, err
	}
	if v.errs, err = memoryFile("stderr"); err != nil {
		return nil, err
	}
	stdin := cfg.Stdin
	if stdin == nil {
		if stdin, err = os.Open(os.DevNull); err != nil {
			return nil, err
		}
		defer stdin.Close()
	}
	// Addresses help nobody but a person who compares two runs by hand: where
	// this is not allowed, it is done without.
	if old, _, e := unix.RawSyscall(unix.SYS_PERSONALITY, 0xffffffff, 0, 0); e == 0 {
		if _, _, e := unix.RawSyscall(unix.SYS_PERSONALITY, old|addrNoRandomize, 0, 0); e == 0 {
			defer unix.RawSyscall(unix.SYS_PERSONALITY, old, 0, 0)
		}
	}
	inherit.OnlyWhatIsHandedOver()
	v.pid, _, err = syscall.StartProcess(cfg.Command[0], cfg.Command, &syscall.ProcAttr{
		Dir: cfg.Dir,
		Env: environment(cfg),
		Files: []uintptr{stdin.Fd(), v.out.Fd(), v.errs.Fd(),
			uintptr(goOn[0]), uintptr(hello[1])}, // wire.GoFD, wire.HelloFD
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, PidFD: &v.pidfd},
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cfg.Command[0], err)
	}
	return v, nil
}

// environment is that of the harness's children, with what makes the runtime
// quiet: a collection, a preemption, or a look at the container's limits in the
// middle of an operation would make every run another one. The race detector would sleep for a second at the end of each process.
func environment(cfg Config) []string {
	env := inherit.Environment(cfg.Env)
	env = append(env, "GOGC=off", wire.TracedEnv+"="+wire.Version)
	env = extended(env, "GODEBUG", ",", "asyncpreemptoff=1,updatemaxprocs=0")
	return extended(env, "GORACE", " ", "atexit_sleep_ms=0")
}

// extended adds a setting to the list that an environment variable is.
func extended(env []string, name, separator, setting string) []string {
	value := setting
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok && v != "" {
			value = v + separator + setting
		}
	}
	return append(env, name+"="+value)
}

func memoryFile(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// kill sends SIGKILL, from any thread, to the victim and to what it has started
// and left in its process group; one that has ended takes it in silence. The group
// is the victim's until close, before which nobody else waits for the victim. Where
// a system has no pidfd_send_signal, the group's signal is the victim's too.
func (v *victim) kill() {
	v.alive.Lock()
	defer v.alive.Unlock()
	if v.pidfd >= 0 {
		v.sent = true
		unix.PidfdSendSignal(v.pidfd, unix.SIGKILL, nil, 0)
		unix.Kill(-v.pid, unix.SIGKILL)
	}
}

// stranger reports whether a SIGKILL ended the victim that this run did not send.
func (v *victim) stranger(exit unix.WaitStatus) bool {
	v.alive.Lock()
	defer v.alive.Unlock()
	return !v.sent && exit.Signaled() && exit.Signal() == unix.SIGKILL
}

// output returns all that the victim wrote.
func (v *victim) output() (stdout, stderr []byte) {
	read := func(f *os.File) []byte {
		info, err := f.Stat()
		if err != nil || info.Size() == 0 {
			return nil
		}
		b := make([]byte, info.Size())
		n, _ := f.ReadAt(b, 0)
		return b[:n]
	}
	return read(v.out), read(v.errs)
}

func (v *victim) close() {
	v.alive.Lock()
	defer v.alive.Unlock()
	for _, fd := range []*int{&v.hello, &v.goOn, &v.pidfd} {
		if *fd >= 0 {
			unix.Close(*fd)
			*fd = -1
		}
	}
	for _, f := range []*os.File{v.out, v.errs} {
		if f != nil {
			f.Close()
		}
	}
}

// describe says how a process ended.
func describe(ws unix.WaitStatus) string {
	if ws.Signaled() {
		return "signal " + unix.SignalName(ws.Signal())
	}
	return fmt.Sprintf("exit code %d", ws.ExitStatus())
}
