// Command saver is a victim that is no ring: it replaces a file by writing a
// new one and renaming it, with a crash site before and after each step.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/pingcap/failpoint"
	"golang.org/x/sys/unix"

	"killpoint/harness/agent"
	"killpoint/harness/agent/failpoints"
)

func main() {
	agent.Main(agent.Program{
		Name: "saver",
		Markers: failpoints.Markers{
			Prefix: "main/",
			Names:  []string{"before-write", "after-write", "after-rename"},
			Live:   failpoints.Probe("main/", func(name string) { failpoint.InjectCall(name) }),
		},
		Roles:  map[string]agent.NewRole{"saver": newSaver},
		Errors: map[string]error{"not-exist": os.ErrNotExist},
	})
}

type saver struct {
	session *agent.Session
	atEnd   []saveArgs
}

func newSaver(s *agent.Session) agent.Role { return &saver{session: s} }

type saveArgs struct {
	Path, Text string
	// Then is what is deferred: "exit" hides a panic behind an exit code,
	// "panic" adds another one.
	Then string
}

func (v *saver) Ops() map[string]agent.Op {
	return map[string]agent.Op{
		"save": agent.Func(v.save),
		"load": agent.Func(func(a saveArgs) (any, error) {
			text, err := os.ReadFile(a.Path)
			return string(text), err
		}),
		// save-later leaves the work to a goroutine, which does it once there is
		// a file beside that ends in ".go".
		"save-later": agent.Func(func(a saveArgs) (any, error) {
			go func() {
				for {
					if _, err := os.Stat(a.Path + ".go"); err == nil {
						break
					}
					time.Sleep(time.Millisecond)
				}
				v.save(a)
			}()
			return nil, nil
		}),
		"save-at-end": agent.Func(func(a saveArgs) (any, error) {
			v.atEnd = append(v.atEnd, a)
			return nil, nil
		}),
		// fork leaves a process behind that is this one's copy and holds all
		// that this one holds; start one that is another program.
		"fork": agent.Func(func(struct{}) (any, error) { return fork() }),
		"start": agent.Func(func(command []string) (any, error) {
			cmd := exec.Command(command[0], command[1:]...)
			if err := cmd.Start(); err != nil {
				return nil, err
			}
			return cmd.Process.Pid, nil
		}),
	}
}

func (v *saver) Close() error {
	for _, a := range v.atEnd {
		if _, err := v.save(a); err != nil {
			return err
		}
	}
	return nil
}

// fork is fork(2), after which the copy sleeps for ever.
func fork() (pid int, err error) {
	r, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	switch {
	case errno != 0:
		return 0, errno
	case r != 0:
		return int(r), nil
	}
	for { // nothing of Go's runtime may be used here
		unix.RawSyscall(unix.SYS_PPOLL, 0, 0, 0)
	}
}

func (v *saver) save(a saveArgs) (any, error) {
	v.session.Holding(func() any { return a.Text })
	defer func() {
		switch a.Then {
		case "exit":
			if r := recover(); r != nil {
				fmt.Fprintln(os.Stderr, "panic:", r)
				os.Exit(2)
			}
		case "panic":
			panic("clean-up failed")
		}
	}()
	failpoint.InjectCall("before-write")
	if err := os.WriteFile(a.Path+".new", []byte(a.Text), 0o600); err != nil {
		return nil, err
	}
	failpoint.InjectCall("after-write")
	if err := os.Rename(a.Path+".new", a.Path); err != nil {
		return nil, err
	}
	failpoint.InjectCall("after-rename")
	return nil, nil
}
