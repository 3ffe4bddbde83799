package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWithoutGo takes the children of an earlier run, where there are any.
func TestWithoutGo(t *testing.T) {
	out := outFolder(t)
	if r := runCommand(t, "run", "--out", out, oneCell); r.code != 0 {
		t.Fatal(r)
	}
	t.Setenv("PATH", t.TempDir())
	r := runCommand(t, "run", "--out", out, oneCell)
	if r.code != 0 || !strings.Contains(r.stderr, "there is no go in PATH") || !strings.Contains(r.stderr, "taking those of an earlier run") {
		t.Error(r)
	}
	refused(t, runCommand(t, "run", "--out", outFolder(t), oneCell), []string{"there is no go in PATH", "install Go"})
	refused(t, runCommand(t, "run", "--plant", "no-wake", "--out", out, oneCell), []string{"there is no go in PATH", "install Go"})
}

// TestUnwritableFolder: one that is a file stands for all that root could write
// to none the less.
func TestUnwritableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"run", oneCell}, {"repro", oneCell}, {"mutants"}} {
		refused(t, runCommand(t, append([]string{args[0], "--out", filepath.Join(file, "out")}, args[1:]...)...), []string{"nothing can be written", "--out names another"})
	}
}

// TestFullDisk runs cells where there is no room for the children, and where there
// is none for the reports. The disk is a small one of the test's own, in a mount
// namespace that ends with the process.
func TestFullDisk(t *testing.T) {
	if folder := os.Getenv("KILLPOINT_TEST_SMALL"); folder != "" {
		onSmallDisk(t, folder)
		return
	}
	inOwnMounts(t, "KILLPOINT_TEST_SMALL="+t.TempDir())
}

// inOwnMounts runs the test again in user and mount namespaces of its own.
func inOwnMounts(t *testing.T, env string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), env)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("in namespaces of its own (this needs user namespaces): %v\n%s", err, out)
	}
}

func onSmallDisk(t *testing.T, folder string) {
	mount := func(size int) {
		t.Helper()
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
			t.Fatal(err)
		}
	}
	mount(4 << 20)
	out := filepath.Join(folder, "out")
	refused(t, runCommand(t, "run", "--out", out, oneCell), []string{"full", "--out names another"})

	// No room for a second page: the first one stays, whole.
	page, filler := filepath.Join(folder, "page.html"), filepath.Join(folder, "filler")
	matrix := shardFile(t, passed().Cells)
	if r := runCommand(t, "report", "--out", page, matrix); r.code != 0 {
		t.Fatal(r)
	}
	good := read(t, page)
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	f.Close()
	refused(t, runCommand(t, "report", "--out", page, matrix), []string{page, "full", "--out names another"})
	if read(t, page) != good {
		t.Error("the page of before is gone")
	}
	for _, name := range entries(t, folder) {
		if strings.Contains(name, "half") {
			t.Errorf("left behind: %s", name)
		}
	}

	// Room for all but the reports: what is found is said all the same.
	mount(64 << 20)
	if r := runCommand(t, "run", "--out", out, oneCell); r.code != 0 {
		t.Fatal(r)
	}
	for _, name := range []string{"crash-matrix.json", "junit.xml"} {
		if err := os.Remove(filepath.Join(out, name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/dev/full", filepath.Join(out, name)); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, runCommand(t, "run", "--out", out, oneCell), []string{"1 cells: 1 pass", "the result above could not be kept", "full"})
}

// TestNoSightOfChildren hides /proc, as a machine does that lets nobody trace
// anybody: what cannot be seen is unknown, and why is said.
func TestNoSightOfChildren(t *testing.T) {
	out := os.Getenv("KILLPOINT_TEST_BLIND")
	if out == "" {
		inOwnMounts(t, "KILLPOINT_TEST_BLIND="+outFolder(t))
		return
	}
	if r := runCommand(t, "run", "--out", out, oneCell); r.code != 0 {
		t.Fatal(r)
	}
	if err := syscall.Mount("tmpfs", "/proc", "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir()) // the go tool needs /proc too
	r := runCommand(t, "run", "--out", out, oneCell)
	if r.code != 1 || !strings.Contains(r.stderr, "ptrace_scope") || !strings.Contains(r.stdout, "0 pass, 0 fail, 1 unknown") {
		t.Error(r)
	}
}
