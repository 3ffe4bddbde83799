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

func TestAFullFileSystemIsAnErrorAtCreation(t *testing.T) {
	inSmallFileSystem(t, fillUp)
}

// A ring that was copied with holes finds no room for them later.
func TestAHoleWithoutRoomIsNoCut(t *testing.T) {
	inSmallFileSystem(t, pushIntoAHole)
}

// inSmallFileSystem runs the rest of a test in a file system of its own, which
// is in a mount namespace that ends with the process.
func inSmallFileSystem(t *testing.T, test func(t *testing.T, folder string)) {
	t.Helper()
	if folder := os.Getenv("RING_TEST_SMALL"); folder != "" {
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=64k"); err != nil {
			t.Fatal(err)
		}
		test(t, folder)
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

func pushIntoAHole(t *testing.T, folder string) {
	path := filepath.Join(folder, "test.ring")
	w, err := ring.Create(path, 1<<14)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	const keepSize, punchHole = 1, 2
	if err := syscall.Fallocate(int(f.Fd()), keepSize|punchHole, ring.HeaderSize, 1<<14); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.WriteFile(filepath.Join(folder, "large"), make([]byte, 1<<16), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the file system: %v", err)
	}
	if w, err = ring.Attach(path); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	err = w.TryPush([]byte("message"))
	expectError(t, err, ring.ErrUnreachable, path, "hole")
	if errors.Is(err, ring.ErrTruncated) {
		t.Errorf("it is called cut short too: %v", err)
	}
}
