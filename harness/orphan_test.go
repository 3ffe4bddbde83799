package harness_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/control"
)

// selves are what this test binary can be started as, see selfEnv.
var selves = map[string]func(){
	"harness":    beHarness,
	"runner":     beRunner,
	"testbinary": beTestBinary,
	"builder":    beBuilder,
	"deaf":       beDeaf,
	"denied":     beDenied,
	"babbler":    beBabbler,
	"other":      beOther,
	"poor":       bePoor,
}

// orphanage tells a self what to work with, in its second environment variable.
type orphanage struct {
	Saver, Sleeper string // programs
	Dir            string
}

const orphanageEnv = selfEnv + "_ARGS"

// TestChildrenDieWithTheirHarness kills a harness and sees all its children
// end, whatever they were doing.
func TestChildrenDieWithTheirHarness(t *testing.T) {
	parent, said := beside(t, "harness")
	var pids map[string]int
	if err := json.NewDecoder(said).Decode(&pids); err != nil {
		t.Fatal(err)
	}
	children := map[string]process{}
	for _, name := range []string{"parked", "stopped", "idle", "spinning", "asleep", "deaf"} {
		pid, ok := pids[name]
		if !ok {
			t.Fatalf("no child %s among %v", name, pids)
		}
		children[name] = observe(t, pid)
		if children[name].ended(t, false) {
			t.Fatalf("%s ended before its harness", name)
		}
	}
	kill(t, parent)
	for name, child := range children {
		if !child.ended(t, true) {
			t.Errorf("%s, process %d, has outlived its harness", name, child.pid)
			unix.PidfdSendSignal(child.fd, unix.SIGKILL, nil, 0)
		}
	}
}

// beHarness starts children, says their pids and waits to be killed.
func beHarness() {
	args := orphanageArgs()
	word := filepath.Join(args.Dir, "word")
	must(os.WriteFile(word, make([]byte, 4), 0o600))
	at := control.Arm{Site: "after-write", Hit: 1, Action: control.Park}
	ctx := context.Background() // the test has a deadline
	pids := map[string]int{}
	var env []string
	begin := func(name, program, role string, arms ...control.Arm) *harness.Child {
		c, err := (&harness.Program{Path: program}).Start(harness.Config{Name: name, Role: role, Arms: arms, Env: env})
		must(err)
		pids[name] = c.PID()
		return c
	}

	parked := begin("parked", args.Saver, "saver", at)
	parked.Go("save", save{filepath.Join(args.Dir, "file"), "new"})
	_, err := parked.WaitHit(ctx, at)
	must(err)

	stopped := begin("stopped", args.Saver, "saver")
	must(stopped.Stop(ctx))

	idle := begin("idle", args.Saver, "saver")
	_, err = idle.Hello(ctx)
	must(err)

	for name, op := range map[string]string{"spinning": "spin", "asleep": "sleep"} {
		c := begin(name, args.Sleeper, "sleeper")
		must(c.Call(ctx, "map", mapFile{Path: word, Length: 4}, nil))
		c.Go(op, wordOf{})
		if op == "sleep" {
			_, err := c.WaitAsleep(ctx, word, 0, nil)
			must(err)
		}
	}
	env = []string{selfEnv + "=deaf"} // no harness again
	begin("deaf", "/proc/self/exe", "none")
	must(json.NewEncoder(os.Stdout).Encode(pids))
	for {
		unix.Pause()
	}
}

// beDeaf is a child that never looks at its pipes: that they are closed does not
// end it.
func beDeaf() {
	for {
		unix.Pause()
	}
}

// TestTestBinaryEndsWithItsRunner kills the parent of a process that has called
// EndWithParent.
func TestTestBinaryEndsWithItsRunner(t *testing.T) {
	parent, said := beside(t, "runner")
	var pid int
	if err := json.NewDecoder(said).Decode(&pid); err != nil {
		t.Fatal(err)
	}
	child := observe(t, pid)
	if child.ended(t, false) {
		t.Fatal("it ended before its parent")
	}
	kill(t, parent)
	if !child.ended(t, true) {
		unix.PidfdSendSignal(child.fd, unix.SIGKILL, nil, 0)
		t.Fatalf("process %d has outlived its parent", pid)
	}
	// The reading end stays open: had the child been killed by its pipe, or by
	// anything else, it would have said nothing.
	rest, err := io.ReadAll(said)
	if want := fmt.Sprintf("parent process %d has died", parent.Process.Pid); err != nil || !strings.Contains(string(rest), want) {
		t.Errorf("it said %q, %v, want %q", rest, err, want)
	}
}

// beRunner starts a test binary and waits to be killed.
func beRunner() {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), selfEnv+"=testbinary")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	must(cmd.Start())
	for {
		unix.Pause()
	}
}

func beTestBinary() {
	harness.EndWithParent()
	fmt.Println(os.Getpid())
	for {
		unix.Pause()
	}
}

// TestABuildEndsWithItsHarness kills a process that is waiting for the go tool.
func TestABuildEndsWithItsHarness(t *testing.T) {
	dir := t.TempDir()
	started := filepath.Join(dir, "started")
	if err := unix.Mkfifo(started, 0o600); err != nil {
		t.Fatal(err)
	}
	// In the place of the go tool: it says its process id and never ends.
	script := "#!/bin/sh\necho $$ >" + started + "\nexec sleep 1000000\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	parent, _ := beside(t, "builder", "PATH="+dir+":"+os.Getenv("PATH"))
	text, err := os.ReadFile(started)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	tool := observe(t, pid)
	if tool.ended(t, false) {
		t.Fatal("it ended before its harness")
	}
	kill(t, parent)
	if !tool.ended(t, true) {
		unix.PidfdSendSignal(tool.fd, unix.SIGKILL, nil, 0)
		t.Errorf("the go tool, process %d, has outlived its harness", pid)
	}
}

func beBuilder() {
	_, err := harness.Build{Package: ".", Output: "unmade"}.Run(context.Background())
	must(err)
}

// beside starts a self and returns what it writes.
func beside(t *testing.T, self string, env ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	args, err := json.Marshal(orphanage{saver.Path, sleeper.Path, t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(append(os.Environ(), selfEnv+"="+self, orphanageEnv+"="+string(args)), env...)
	cmd.Stdout, cmd.Stderr = w, os.Stderr
	err = cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, bufio.NewReader(r)
}

// kill ends a self as nobody can catch it.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("it ended with %v, was to be killed", err)
	}
}

func orphanageArgs() (args orphanage) {
	must(json.Unmarshal([]byte(os.Getenv(orphanageEnv)), &args))
	return args
}

// must ends a self that cannot go on.
func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
