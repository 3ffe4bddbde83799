package ring_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"killpoint/ring"
)

// The file system to fill is a small one of the test's own, in a mount
// namespace that ends with the process.
func TestAFullFileSystemIsAnErrorAtCreation(t *testing.T) {
	if folder := os.Getenv("RING_TEST_SMALL"); folder != "" {
		fillUp(t, folder)
		return
	}
	folder := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "RING_TEST_SMALL="+folder)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("in a file system of 64 KiB (this needs user namespaces): %v\n%s", err, out)
	}
}

func fillUp(t *testing.T, folder string) {
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "test.ring")
	_, err := ring.Create(path, 1<<20)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("Create: %v, want no space left", err)
	}
	expectError(t, err, syscall.ENOSPC, path, "reserve")
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the file is there: %v", err)
	}
	w, err := ring.Create(path, 1<<15) // what fits still does
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
}
