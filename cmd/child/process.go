package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"

	"killpoint/harness/agent"
)

// processOps are about the process and not about its ring.
var processOps = map[string]agent.Op{
	"panic": agent.Func(func(struct{}) (any, error) { panic("killpoint: panic asked for") }),
	"umask": agent.Func(func(a struct{ Mask int }) (any, error) { return unix.Umask(a.Mask), nil }),
	"help":  agent.Func(help),
	"disk":  agent.Func(disk),
	"files": agent.Func(files),
}

// helperArg makes this program one that does nothing.
const helperArg = "idle"

// idle waits until nobody holds the other end of its standard input.
func idle() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// help starts a helper process, which lives until the FIFO's writer has gone,
// and returns its process id.
func help(a struct{ FIFO string }) (any, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	leash, err := os.Open(a.FIFO)
	if err != nil {
		return nil, err
	}
	defer leash.Close()
	helper := exec.Command(self, helperArg)
	helper.Stdin = leash
	if err := helper.Start(); err != nil {
		return nil, err
	}
	return helper.Process.Pid, nil
}

// disk mounts a file system of so many bytes, in memory. This process must have
// mounts of its own.
func disk(a struct {
	Dir  string
	Size int
}) (any, error) {
	if err := unix.Mount("tmpfs", a.Dir, "tmpfs", 0, fmt.Sprintf("size=%d", a.Size)); err != nil {
		return nil, fmt.Errorf("mount: %w", err)
	}
	return nil, nil
}

// files lists the names of what is in a folder.
func files(a struct{ Dir string }) (any, error) {
	paths, err := filepath.Glob(filepath.Join(a.Dir, "*"))
	names := []string{}
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	return names, err
}
