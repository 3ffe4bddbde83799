package harness_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/agent"
	"killpoint/harness/control"
)

func TestMistakesAreNamed(t *testing.T) {
	for _, row := range []struct {
		name    string
		program *harness.Program
		cfg     harness.Config
		want    string
	}{
		{"site that does not exist", saver, harness.Config{Arms: []control.Arm{arm("after-writ", 1, control.Park)}}, `no site "after-writ"`},
		{"role that does not exist", saver, harness.Config{Role: "baker"}, `role "baker" is unknown; there are [saver]`},
		{"child that is not instrumented", plainSaver, harness.Config{Arms: []control.Arm{arm("after-write", 1, control.Park)}}, "not instrumented"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := start(t, row.program, row.cfg)
			err := c.Call(patient(t), "save", save{file(t), "new"}, nil)
			if !errors.Is(err, harness.ErrProtocol) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want ErrProtocol with %q", err, row.want)
			}
			if exit, err := c.WaitExit(patient(t)); err != nil || exit.Code != agent.ExitUsage {
				t.Errorf("exit %v, %v, want code %d", exit, err, agent.ExitUsage)
			}
		})
	}
}

func TestImpossibleArmsStartNothing(t *testing.T) {
	for name, a := range map[string]control.Arm{
		"hit 0":          arm("after-write", 0, control.Park),
		"unknown action": arm("after-write", 1, "explode"),
	} {
		if _, err := saver.Start(harness.Config{Name: "victim", Role: "saver", Arms: []control.Arm{a}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestOperationsThatFailKeepTheirSentinel(t *testing.T) {
	c := start(t, saver, harness.Config{})
	err := c.Call(patient(t), "load", save{Path: filepath.Join(t.TempDir(), "none")}, nil)
	var failed *harness.CallError
	if !errors.As(err, &failed) || !failed.Matches("not-exist") {
		t.Errorf("error %v, want a CallError that matches not-exist", err)
	}
	err = c.Call(patient(t), "bake", nil, nil)
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), `"bake" is unknown`) {
		t.Errorf("error %v, want one that names the operation", err)
	}
}

func TestChildStartedByHandExplainsItself(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"replay"}} {
		out, err := exec.Command(saver.Path, args...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != agent.ExitUsage {
			t.Errorf("%v: %v, want exit code %d", args, err, agent.ExitUsage)
		}
		if !strings.Contains(string(out), "replay FILE") || !strings.Contains(string(out), "roles: [saver]") {
			t.Errorf("%v: output does not explain:\n%s", args, out)
		}
	}
}

func TestProgramThatIsNoChildIsAnError(t *testing.T) {
	c := start(t, &harness.Program{Path: "/bin/true"}, harness.Config{})
	if _, err := c.Hello(patient(t)); !errors.Is(err, harness.ErrExited) {
		t.Errorf("error %v, want ErrExited", err)
	}
	if _, err := (&harness.Program{Path: "/no/such/program"}).Start(harness.Config{Name: "victim", Role: "saver"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want fs.ErrNotExist", err)
	}
}

// TestNothingIsBelievedBehindALineThatIsNoEvent: it may have been anything.
func TestNothingIsBelievedBehindALineThatIsNoEvent(t *testing.T) {
	c := start(t, &harness.Program{Path: "/proc/self/exe"}, harness.Config{Env: []string{selfEnv + "=babbler"}})
	if hello, err := c.Hello(patient(t)); !errors.Is(err, harness.ErrProtocol) || !strings.Contains(err.Error(), "dear diary") {
		t.Errorf("%+v, error %v, want ErrProtocol with the line", hello, err)
	}
	if exit, err := c.Kill(); err != nil || !exit.Killed() {
		t.Errorf("%v, %v", exit, err)
	}
}

// beBabbler writes what it likes to the event pipe, and then a handshake.
func beBabbler() {
	hello, err := json.Marshal(control.Event{Hello: &control.Hello{Magic: control.Magic, Version: control.Version}})
	must(err)
	_, err = unix.Write(control.EventFD, []byte("dear diary\n"+string(hello)+"\n"))
	must(err)
	for {
		unix.Pause()
	}
}

func TestBuildErrorsAreNamed(t *testing.T) {
	out := filepath.Join(t.TempDir(), "child")
	saverPackage := "killpoint/harness/internal/saver"
	for name, b := range map[string]struct {
		build harness.Build
		want  string
	}{
		"package that does not exist": {harness.Build{Package: "killpoint/no/such"}, "no/such"},
		"nothing to instrument":       {harness.Build{Package: saverPackage, Instrument: []string{"killpoint/harness/control"}}, "no failpoint marker"},
		"edit that does not fit":      {harness.Build{Package: saverPackage, Edits: []harness.Edit{{Package: saverPackage, File: "main.go", Old: "no such text"}}}, "occurs 0 times"},
		"edit that does not compile":  {harness.Build{Package: saverPackage, Edits: []harness.Edit{{Package: saverPackage, File: "main.go", Old: "func main()", New: "func main"}}}, "syntax error"},
	} {
		b.build.Output = out
		_, err := b.build.Run(context.Background())
		if !errors.Is(err, harness.ErrBuild) || !strings.Contains(err.Error(), b.want) {
			t.Errorf("%s: error %v, want ErrBuild with %q", name, err, b.want)
		}
	}
}

func TestReplayRunsWhatWasRecorded(t *testing.T) {
	path := file(t)
	c := start(t, saver, harness.Config{Arms: []control.Arm{arm("after-write", 1, control.SelfKill)}})
	c.Go("save", save{path, "new"})
	if _, err := c.WaitExit(patient(t)); err != nil {
		t.Fatal(err)
	}
	commands := filepath.Join(t.TempDir(), "commands")
	if err := os.WriteFile(commands, c.Transcript(), 0o600); err != nil {
		t.Fatal(err)
	}
	os.Remove(path + ".new")
	out, _ := exec.Command(saver.Path, "replay", commands).CombinedOutput()
	if !strings.Contains(string(out), "selfkill at after-write, hit 1") || content(t, path+".new") != "new" {
		t.Errorf("the replay did not do the same:\n%s", out)
	}
}

func TestChildOfAnotherVersionIsRefused(t *testing.T) {
	c := start(t, &harness.Program{Path: "/proc/self/exe"}, harness.Config{Env: []string{selfEnv + "=other"}})
	if _, err := c.Hello(patient(t)); !errors.Is(err, harness.ErrProtocol) || !strings.Contains(err.Error(), "same sources") {
		t.Errorf("error %v, want ErrProtocol", err)
	}
}

// beOther is a child that was built from other sources.
func beOther() {
	hello, err := json.Marshal(control.Event{Hello: &control.Hello{Magic: control.Magic, Version: control.Version + 1}})
	must(err)
	_, err = unix.Write(control.EventFD, append(hello, '\n'))
	must(err)
	for {
		unix.Pause()
	}
}
