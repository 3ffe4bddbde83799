package harness

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"killpoint/harness/internal/inherit"
)

// spawner is the one thread that starts processes. The parent-death signal is
// bound to the thread that forked: this one lives as long as the process.
var spawner = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// spawned is a process just started, and the harness's ends of its pipes.
type spawned struct {
	pid      int
	pidfd    int
	commands *os.File // to the child
	events   *os.File // from the child
	output   *os.File // a memory file with its stdout and stderr
}

// spawn starts a process in a group of its own that dies with this one.
func spawn(path string, argv, env []string, dir string, ownMounts bool) (*spawned, error) {
	var s *spawned
	var err error
	done := make(chan struct{})
	spawner() <- func() {
		defer close(done)
		s, err = fork(path, argv, env, dir, ownMounts)
	}
	<-done
	return s, err
}

func fork(path string, argv, env []string, dir string, ownMounts bool) (s *spawned, err error) {
	var files []*os.File
	defer func() {
		if err != nil {
			for _, f := range files {
				f.Close()
			}
		}
	}()
	pipe := func() (r, w *os.File) {
		if err != nil {
			return nil, nil
		}
		if r, w, err = os.Pipe(); err == nil {
			files = append(files, r, w)
		}
		return r, w
	}
	commandsR, commandsW := pipe()
	eventsR, eventsW := pipe()
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("output", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd: %w", err)
	}
	output := os.NewFile(uintptr(fd), "output")
	files = append(files, output)
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()

	inherit.OnlyWhatIsHandedOver()
	pidfd := -1
	sys := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, PidFD: &pidfd}
	if ownMounts {
		sys.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS
		sys.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		sys.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	pid, _, err := syscall.StartProcess(path, argv, &syscall.ProcAttr{
		Dir: dir,
		Env: env,
		Files: []uintptr{null.Fd(), output.Fd(), output.Fd(),
			commandsR.Fd(), eventsW.Fd()}, // control.CommandFD, control.EventFD
		Sys: sys,
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	commandsR.Close()
	eventsW.Close()
	return &spawned{pid: pid, pidfd: pidfd, commands: commandsW, events: eventsR, output: output}, nil
}

// EndWithParent ends this process as soon as its parent has died, however that
// died. Children of the harness do so anyhow; it is for test binaries, which
// their runner, killed, would leave running. A parent that is gone before the
// call cannot be noticed.
func EndWithParent() {
	parent := os.Getppid()
	fd, err := unix.PidfdOpen(parent, 0)
	if err == unix.ESRCH {
		return // it has gone, and this process has been given to another one
	}
	wait := -1
	if err != nil { // denied, or Linux before 5.3
		fd, wait = -1, 100 // milliseconds between two looks
	}
	go func() {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		for os.Getppid() == parent {
			if n, err := unix.Poll(poll, wait); n > 0 || err != nil && err != unix.EINTR {
				break
			}
		}
		fmt.Fprintf(os.Stderr, "harness: parent process %d has died: ending\n", parent)
		os.Exit(1)
	}()
}

// RunTied runs a command that was made with a context, such as the go tool, to
// its end. The command has a process group of its own, which is killed when the
// context ends, and it is killed when this process dies, however that dies.
func RunTied(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	started := make(chan error)
	spawner() <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return err
	}
	return cmd.Wait()
}
