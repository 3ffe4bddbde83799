package agent

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
)

// inherited returns the command pipe, or an error if this process was not
// started by a harness.
func inherited() (io.Reader, error) {
	for _, fd := range []int{control.CommandFD, control.EventFD} {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
			return nil, errors.New("no control pipes: this program is not run by hand")
		}
		unix.CloseOnExec(fd)
	}
	return fdReader(control.CommandFD), nil
}

// fdReader reads from a raw descriptor: an os.File would close it when it is
// collected.
type fdReader int

func (fd fdReader) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(fd), p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// events is where a session tells what happens.
type events interface{ send(control.Event) }

// pipeEvents sends them to the harness. A line is at most a few hundred bytes
// or holds a message body; a pipe whose reader has gone ends the process.
type pipeEvents struct{}

func (pipeEvents) send(e control.Event) {
	line, err := json.Marshal(e)
	if err != nil {
		line, _ = json.Marshal(control.Event{Time: e.Time, Fatal: err.Error()})
	}
	line = append(line, '\n')
	for len(line) > 0 {
		n, err := unix.Write(control.EventFD, line)
		switch {
		case err == unix.EINTR:
		case err != nil:
			os.Exit(ExitLost)
		default:
			line = line[n:]
		}
	}
}
