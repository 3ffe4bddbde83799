package harness

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// EndWithParent ends this process as soon as its parent has died, however that
// died. Children of the harness do so anyhow; it is for test binaries, which
// their runner, killed, would leave running. A parent that is gone before the
// call cannot be noticed.
func EndWithParent() {
	parent := os.Getppid()
	fd, err := unix.PidfdOpen(parent, 0)
	if err != nil {
		return // it has gone, and this process has been given to another one
	}
	go func() {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		for {
			if _, err := unix.Poll(poll, -1); err != unix.EINTR {
				break
			}
		}
		fmt.Fprintf(os.Stderr, "harness: parent process %d has died: ending\n", parent)
		os.Exit(1)
	}()
}
