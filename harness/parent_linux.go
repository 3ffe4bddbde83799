package harness

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

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
