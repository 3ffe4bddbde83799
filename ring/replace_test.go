package ring_test

import (
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"killpoint/ring"
)

// expectAlone fails unless the file is the only one in its folder.
func expectAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Fatalf("the folder holds %v", entries)
	}
}

func TestWithReplacePutsAFreshRingInPlace(t *testing.T) {
	for name, harm := range map[string]func(*testing.T, string){
		"nothing there":            func(t *testing.T, path string) { os.Remove(path) },
		"a ring":                   func(*testing.T, string) {},
		"an empty file":            cutTo(0),
		"a file cut short":         cutTo(100),
		"remains of a dead create": zero,
		"another version":          word(atIdent, 0x4b504e54<<32|77),
		"corrupt indices":          word(atWrite, 3),
	} {
		t.Run(name, func(t *testing.T) {
			path := soundFile(t)
			harm(t, path)
			w, err := ring.Create(path, 128, ring.WithReplace())
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			expectAlone(t, path)
			r, err := ring.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			f := &fixture{T: t, path: path, w: w, r: r}
			f.expectEmpty()
			f.push([]byte("first"))
			f.pop([]byte("first"))
			if r.Capacity() != 128 {
				t.Errorf("capacity %d, want 128", r.Capacity())
			}
			if err := w.Check(); err != nil {
				t.Errorf("the fresh ring is not where it says: %v", err)
			}
		})
	}
}

func TestWithReplaceLeavesALiveRingAlone(t *testing.T) {
	for _, role := range []string{"writer", "reader"} {
		t.Run(role, func(t *testing.T) {
			f := newRing(t, 64)
			f.push([]byte("kept"))
			if role == "reader" {
				f.w.Close()
			} else {
				f.r.Close()
			}
			before := image(t, f.path)
			_, err := ring.Create(f.path, 64, ring.WithReplace())
			expectError(t, err, ring.ErrBusy, f.path, role)
			expectImage(t, f.path, before)
			expectAlone(t, f.path)
		})
	}
}

// notRings are files that begin as the remains of a Create do, and are none.
var notRings = map[string][]byte{
	"text":                            []byte("dear reader"),
	"a short text":                    []byte("hi"),
	"ten zeros and text":              append(make([]byte, 10), "dear reader"...),
	"a page of zeros, then text":      append(make([]byte, 4096), "dear reader, this is long enough to have been a ring, and a multiple of 8"...),
	"32 KiB of zeros, then data":      append(make([]byte, 32<<10), 1, 2, 3, 4, 5, 6, 7, 8),
	"zeros of no ring's size":         make([]byte, 100),
	"zeros, not a multiple of 8":      make([]byte, ring.FileSize(ring.MinCapacity)+4),
	"the capacity of another size":    withCapacity(ring.MinCapacity+8, ring.MinCapacity),
	"the capacity and a byte of data": append(withCapacity(ring.MinCapacity+8, ring.MinCapacity+8)[:ring.HeaderSize+71], 1),
	"one byte in the header":          append(append(make([]byte, 500), 1), make([]byte, ring.FileSize(ring.MinCapacity)-501)...),
}

// withCapacity is the file that a Create of the given size leaves when it dies
// before it has stored the magic, with any word for the capacity.
func withCapacity(capacity, word int) []byte {
	image := make([]byte, ring.FileSize(capacity))
	binary.NativeEndian.PutUint64(image[8:], uint64(word))
	return image
}

func TestWithReplaceLeavesWhatIsNoRingAlone(t *testing.T) {
	for name, bytes := range notRings {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "letter")
			if err := os.WriteFile(path, bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ring.Create(path, 64, ring.WithReplace())
			expectError(t, err, ring.ErrLayout, path, "not replaced")
			expectImage(t, path, bytes)
			expectAlone(t, path)
		})
	}
}

// The same beside a ring, where a fresh one would be made.
func TestWithReplaceSweepsOnlyWhatACreateHasLeft(t *testing.T) {
	for name, bytes := range notRings {
		t.Run(name, func(t *testing.T) {
			path := soundFile(t)
			before := image(t, path)
			if err := os.WriteFile(path+".new", bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ring.Create(path, 64, ring.WithReplace())
			expectError(t, err, ring.ErrLayout, path+".new", "not replaced")
			expectImage(t, path, before)
			expectImage(t, path+".new", bytes)
		})
	}
}

// What a Create leaves that dies at any moment can be replaced.
func TestWithReplaceTakesWhatACreateHasLeft(t *testing.T) {
	for name, bytes := range map[string][]byte{
		"just made":              {},
		"room reserved":          make([]byte, ring.FileSize(4096)),
		"a part of it reserved":  make([]byte, 8192),
		"capacity stored":        withCapacity(ring.MinCapacity, ring.MinCapacity),
		"as large as can be":     nil,
		"capacity stored, large": withCapacity(1<<20, 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ring")
			if err := os.WriteFile(path, bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			if bytes == nil {
				cutTo(ring.FileSize(ring.MaxCapacity))(t, path)
			}
			w, err := ring.Create(path, 64, ring.WithReplace())
			if err != nil {
				t.Fatal(err)
			}
			w.Close()
			expectAlone(t, path)
		})
	}
}

// A fresh ring that never took its place is swept away, unless somebody is at
// work on it, or it is something else.
func TestWithReplaceSweepsWhatADeadOneLeft(t *testing.T) {
	path := soundFile(t)
	if err := os.WriteFile(path+".new", make([]byte, ring.FileSize(64)), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := ring.Create(path, 64, ring.WithReplace())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	expectAlone(t, path)
}

func TestWithReplaceLeavesAnothersFreshRingAlone(t *testing.T) {
	path := soundFile(t)
	other, err := ring.Create(path+".new", 64)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	before := image(t, path)
	_, err = ring.Create(path, 64, ring.WithReplace())
	expectError(t, err, ring.ErrBusy, path+".new")
	expectImage(t, path, before)
	if err := other.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestAnEndNoticesThatItsFileWasReplaced(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"removed": os.Remove,
		"moved away": func(path string) error {
			return os.Rename(path, path+".old")
		},
		"replaced": func(path string) error {
			if err := os.WriteFile(path+".other", nil, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".other", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, 64)
			for _, end := range []interface{ Check() error }{f.w, f.r} {
				if err := end.Check(); err != nil {
					t.Fatal(err)
				}
			}
			f.push([]byte("older"))
			if err := harm(f.path); err != nil {
				t.Fatal(err)
			}
			for _, end := range []interface{ Check() error }{f.w, f.r} {
				expectError(t, end.Check(), ring.ErrReplaced, f.path)
			}
			f.pop([]byte("older")) // what is there is delivered first
			_, err := f.r.Pop(t.Context(), nil)
			expectError(t, err, ring.ErrReplaced, f.path)
			f.fill()
			expectError(t, f.w.Push(t.Context(), []byte("more")), ring.ErrReplaced, f.path)
		})
	}
}

// The path is the one at the time, whatever becomes of the working directory.
func TestARelativePathMayLoseItsWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	w, err := ring.Create("test.ring", 64)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	t.Chdir("/")
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestAFileHasItsRoomAndNobodyElsesEyes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "test.ring")
	w, err := ring.Create(path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	if room := info.Sys().(*syscall.Stat_t).Blocks * 512; room < 1<<20 {
		t.Errorf("the file system has set %d bytes aside, want %d", room, 1<<20)
	}
}

func TestALinkInTheLastElementIsNotFollowed(t *testing.T) {
	path := soundFile(t)
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	before := image(t, path)
	for role, join := range joins {
		_, err := join(link)
		expectError(t, err, ring.ErrLayout, link, "symbolic link")
		folder := filepath.Join(t.TempDir(), "folder")
		if err := os.Symlink(filepath.Dir(path), folder); err != nil {
			t.Fatal(err)
		}
		end, err := join(filepath.Join(folder, filepath.Base(path)))
		if err != nil {
			t.Fatalf("%s through a linked folder: %v", role, err)
		}
		end.Close()
	}
	_, err := ring.Create(link, 64, ring.WithReplace())
	expectError(t, err, ring.ErrLayout, link, "symbolic link")
	expectImage(t, path, before)
}

func TestWhatIsNoFileIsNamed(t *testing.T) {
	folder := t.TempDir()
	socket, fifo := filepath.Join(folder, "socket"), filepath.Join(folder, "fifo")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{socket: "socket", fifo: "not a regular file", folder: "directory", os.DevNull: "not a regular file"} {
		for _, join := range joins {
			_, err := join(path)
			expectError(t, err, ring.ErrLayout, path, want)
		}
		_, err = ring.Create(path, 64, ring.WithReplace())
		expectError(t, err, ring.ErrLayout, path, want)
	}
}
