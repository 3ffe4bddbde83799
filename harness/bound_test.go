package harness_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
)

// TestWhatAChildHasStartedDelaysNobody: a process that it has forked holds its
// pipes. It outlives the crash, as it does without a harness, and ends when the
// child is closed.
func TestWhatAChildHasStartedDelaysNobody(t *testing.T) {
	for _, how := range []struct {
		op   string
		args any
	}{{"fork", nil}, {"start", []string{"sleep", "1000000"}}} {
		for _, end := range []string{"kill", "finish", "selfkill", "close"} {
			t.Run(how.op+"/"+end, func(t *testing.T) {
				at := arm("after-write", 1, control.SelfKill)
				c := start(t, saver, harness.Config{Arms: []control.Arm{at}})
				var pid int
				if err := c.Call(patient(t), how.op, how.args, &pid); err != nil {
					t.Fatal(err)
				}
				left := observe(t, pid)
				var err error
				switch end {
				case "kill":
					_, err = c.Kill()
				case "finish":
					_, err = c.Finish(patient(t))
				case "selfkill":
					saving := c.Go("save", save{file(t), "new"})
					if _, _, err = c.Die(patient(t), at); err == nil {
						if err := saving.Wait(patient(t), nil); !errors.Is(err, harness.ErrExited) {
							t.Errorf("the call of the dead child ends with %v", err)
						}
					}
				}
				if err != nil {
					t.Error(err)
				}
				if left.ended(t, false) {
					t.Error("what the child has started has died with it: a crash is of one process")
				}
				c.Close()
				if !left.ended(t, true) {
					t.Errorf("process %d is left behind", pid)
				}
			})
		}
	}
}

// TestDeniedSignals has a harness work where a container denies system calls.
func TestDeniedSignals(t *testing.T) {
	for _, row := range []struct {
		name  string
		calls []int
		want  string
	}{
		{"nothing", nil, "able, kill ok, selfkill ok, stop ok"},
		{"pidfd_send_signal", []int{unix.SYS_PIDFD_SEND_SIGNAL}, "able, kill ok, selfkill ok, stop ok"},
		{"pidfd_send_signal and tgkill", []int{unix.SYS_PIDFD_SEND_SIGNAL, unix.SYS_TGKILL}, "unable, kill disturbed, selfkill disturbed, stop ok"},
		{"all", []int{unix.SYS_PIDFD_SEND_SIGNAL, unix.SYS_TGKILL, unix.SYS_KILL}, "unable, kill denied, stop denied, deaf left"},
	} {
		for _, errno := range []unix.Errno{unix.EPERM, unix.ENOSYS} {
			t.Run(fmt.Sprintf("%s/%s", row.name, unix.ErrnoName(errno)), func(t *testing.T) {
				t.Parallel()
				args, err := json.Marshal(denial{row.calls, errno})
				if err != nil {
					t.Fatal(err)
				}
				_, said := beside(t, "denied", selfEnv+"_DENY="+string(args))
				line, err := said.ReadString('\n')
				if want := row.want + "\n"; err != nil || line != want {
					t.Errorf("it says %q, %v, want %q", line, err, want)
				}
			})
		}
	}
}

type denial struct {
	Calls []int
	Errno unix.Errno
}

// beDenied does what a harness does, and says how that went.
func beDenied() {
	var d denial
	must(json.Unmarshal([]byte(os.Getenv(selfEnv+"_DENY")), &d))
	args := orphanageArgs()
	if len(d.Calls) > 0 {
		deny(d.Errno, d.Calls...)
	}
	program := &harness.Program{Path: args.Saver}
	ctx := context.Background() // the test has a deadline
	how := func(err error) string {
		switch {
		case err == nil:
			return "ok"
		case errors.Is(err, harness.ErrDisturbed):
			return "disturbed"
		case errors.Is(err, d.Errno):
			return "denied"
		}
		return err.Error()
	}
	able := "able"
	if program.CanSignal(ctx) != nil {
		able = "unable"
	}
	said := able
	for _, action := range []control.Action{control.Park, control.SelfKill} {
		at := control.Arm{Site: "after-write", Hit: 1, Action: action}
		name := map[control.Action]string{control.Park: "kill", control.SelfKill: "selfkill"}[action]
		c, err := program.Start(harness.Config{Name: name, Role: "saver", Arms: []control.Arm{at}})
		must(err)
		c.Go("save", save{filepath.Join(args.Dir, name), "new"})
		if action == control.SelfKill && len(d.Calls) == 3 {
			c.Close() // it cannot kill itself either
			continue
		}
		_, _, err = c.Die(ctx, at)
		said += ", " + name + " " + how(err)
		c.Close()
	}
	c, err := program.Start(harness.Config{Name: "stopped", Role: "saver"})
	must(err)
	err = c.Stop(ctx)
	if err == nil {
		err = c.Continue(ctx)
	}
	said += ", stop " + how(err)
	c.Close()
	if len(d.Calls) == 3 {
		*harness.Dying = 100 * time.Millisecond
	}
	c, err = (&harness.Program{Path: "/proc/self/exe"}).Start(harness.Config{Name: "deaf", Role: "none", Env: []string{selfEnv + "=deaf"}})
	must(err)
	c.Close() // bounded, where nothing ends it
	for _, left := range harness.Live() {
		said += fmt.Sprintf(", %s left", left.Name())
	}
	fmt.Println(said)
}

// TestChildThatTakesNoCommandsIsGivenUp once its pipe is full.
func TestChildThatTakesNoCommandsIsGivenUp(t *testing.T) {
	defer func(old time.Duration) { *harness.Dying = old }(*harness.Dying)
	*harness.Dying = 100 * time.Millisecond
	c := start(t, &harness.Program{Path: "/proc/self/exe"}, harness.Config{Env: []string{selfEnv + "=deaf"}})
	err := c.Call(patient(t), "listen", strings.Repeat("x", 1<<20), nil)
	if !errors.Is(err, harness.ErrProtocol) || !strings.Contains(err.Error(), "takes no commands") {
		t.Errorf("error %v", err)
	}
	*harness.Dying = time.Minute
}

// TestStartThatLacksSomethingSaysWhat of the harness itself.
func TestStartThatLacksSomethingSaysWhat(t *testing.T) {
	_, said := beside(t, "poor")
	for _, want := range []unix.Errno{unix.EMFILE, unix.EAGAIN} {
		line, err := said.ReadString('\n')
		if err != nil || !strings.Contains(line, unix.ErrnoName(want)) || !strings.Contains(line, "start victim: ") {
			t.Errorf("it says %q, %v, want %s", line, err, unix.ErrnoName(want))
		}
	}
}

// bePoor starts children that it has no descriptors for, and no memory.
func bePoor() {
	program := &harness.Program{Path: orphanageArgs().Saver}
	say := func() {
		_, err := program.Start(harness.Config{Name: "victim", Role: "saver"})
		errno, lacks := harness.Lack(err)
		fmt.Printf("%s %v %v\n", unix.ErrnoName(errno), lacks, err)
	}
	var before unix.Rlimit
	must(unix.Getrlimit(unix.RLIMIT_NOFILE, &before))
	few := before
	few.Cur = 6
	must(unix.Setrlimit(unix.RLIMIT_NOFILE, &few))
	say()
	must(unix.Setrlimit(unix.RLIMIT_NOFILE, &before))
	spareThreads(16)
	deny(unix.EAGAIN, unix.SYS_CLONE, unix.SYS_CLONE3)
	say()
}

// spareThreads has Go's runtime keep threads that have nothing to do: it may want
// one at any time, and dies where it can get none.
func spareThreads(n int) {
	var all, there sync.WaitGroup
	there.Add(n)
	for range n {
		all.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			there.Done()
			there.Wait()
		})
	}
	all.Wait()
}
