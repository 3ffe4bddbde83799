package ring_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"killpoint/ring"
)

// doors are the two ways into a ring that exists.
var doors = map[string]func(path string) error{
	"Open":   func(path string) error { return closed(ring.Open(path)) },
	"Attach": func(path string) error { return closed(ring.Attach(path)) },
}

func closed(end interface{ Close() error }, err error) error {
	if err != nil {
		return err
	}
	return end.Close()
}

func expectError(t *testing.T, err, want error, words ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
	for _, part := range words {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error says %q, want it to say %q", err, part)
		}
	}
}

func TestADamagedFileIsRefusedAndLeftAsItIs(t *testing.T) {
	for name, enter := range doors {
		t.Run(name, func(t *testing.T) {
			forEachDamage(t, func(t *testing.T, d damage, path string) {
				before := image(t, path)
				expectError(t, enter(path), d.want, path, d.advice)
				expectImage(t, path, before)
			})
		})
	}
}

func TestAnUndamagedFileIsAcceptedAndLeftAsItIs(t *testing.T) {
	for name, enter := range doors {
		t.Run(name, func(t *testing.T) {
			path := soundFile(t)
			before := image(t, path)
			if err := enter(path); err != nil {
				t.Fatal(err)
			}
			expectImage(t, path, before)
		})
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	for name, row := range map[string]struct {
		make func(path string) error
		want error
		says string
	}{
		"missing":   {func(string) error { return nil }, fs.ErrNotExist, "no such file"},
		"directory": {func(path string) error { return os.Mkdir(path, 0o700) }, ring.ErrLayout, "is a directory"},
		"FIFO":      {func(path string) error { return syscall.Mkfifo(path, 0o600) }, ring.ErrLayout, "not a regular file"},
	} {
		for door, enter := range doors {
			t.Run(door+" "+name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "no.ring")
				if err := row.make(path); err != nil {
					t.Fatal(err)
				}
				expectError(t, enter(path), row.want, path, row.says)
			})
		}
	}
}

func TestAFileLargerThanAnyRingIsRefused(t *testing.T) {
	for door, enter := range doors {
		t.Run(door, func(t *testing.T) {
			path := soundFile(t)
			cutTo(ring.FileSize(ring.MaxCapacity)+8)(t, path)
			expectError(t, enter(path), ring.ErrLayout, path, "a ring has at most 1073745920")
		})
	}
}

func TestOpenDoesNotCreate(t *testing.T) {
	for door, enter := range doors {
		t.Run(door, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "missing.ring")
			expectError(t, enter(path), fs.ErrNotExist)
			expectMissing(t, path)
		})
	}
}

func expectMissing(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the file is there: %v", err)
	}
}

func TestCreateNeverTouchesWhatExists(t *testing.T) {
	for name, harm := range map[string]func(*testing.T, string){
		"a ring":                   func(*testing.T, string) {},
		"an empty file":            cutTo(0),
		"remains of a dead create": zero,
	} {
		t.Run(name, func(t *testing.T) {
			path := soundFile(t)
			harm(t, path)
			before := image(t, path)
			_, err := ring.Create(path, 64)
			expectError(t, err, fs.ErrExist, path, "Attach to it, replace it WithReplace, or remove it first")
			expectImage(t, path, before)
		})
	}
}

func TestCreateRefusesABadCapacityAndLeavesNoFile(t *testing.T) {
	for name, capacity := range map[string]int{
		"zero":              0,
		"negative":          -8,
		"below the minimum": ring.MinCapacity - 1,
		"a word below":      ring.MinCapacity - 8,
		"not a multiple":    ring.MinCapacity + 1,
		"above the maximum": ring.MaxCapacity + 8,
		"beyond 32 bits":    1<<32 + 64,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad.ring")
			_, err := ring.Create(path, capacity)
			expectError(t, err, ring.ErrLayout, path, "capacity is")
			expectMissing(t, path)
		})
	}
}

func TestCreateWithoutADirectoryFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "x.ring")
	_, err := ring.Create(path, 64)
	expectError(t, err, fs.ErrNotExist, path)
}

func TestTheLimitsAreCapacitiesToo(t *testing.T) {
	for name, capacity := range map[string]int{"minimum": ring.MinCapacity, "maximum": ring.MaxCapacity} {
		t.Run(name, func(t *testing.T) {
			f := newRing(t, capacity)
			if f.w.Capacity() != capacity || f.r.Capacity() != capacity {
				t.Fatalf("capacities are %d and %d, want %d", f.w.Capacity(), f.r.Capacity(), capacity)
			}
			msg := f.message(60)
			f.push(msg)
			f.pop(msg)
		})
	}
}

func TestTheFileIsAsLongAsTheRing(t *testing.T) {
	forEachCapacity(t, func(f *fixture, capacity int) {
		info, err := os.Stat(f.path)
		if err != nil {
			f.Fatal(err)
		}
		if want := int64(4096 + capacity); info.Size() != want || ring.FileSize(capacity) != want {
			f.Fatalf("file has %d bytes, FileSize says %d, want %d", info.Size(), ring.FileSize(capacity), want)
		}
	})
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	info, err := os.Stat(newRing(t, 64).path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Fatalf("mode is %v, want -rw-------", info.Mode())
	}
}

// The words stand where the package comment draws them.
func TestTheHeaderIsAsDocumented(t *testing.T) {
	f := newRing(t, 128)
	f.push(make([]byte, 30))
	f.push(nil)
	f.pop(make([]byte, 30))
	want := make([]byte, 4096)
	for at, v := range map[int]uint64{
		atIdent: 0x4b504e54<<32 | 1, atCapacity: 128, atWrite: 48, atCommit: 48, atRead: 40,
	} {
		binary.NativeEndian.PutUint64(want[at:], v)
	}
	binary.NativeEndian.PutUint32(want[atDataAvail:], 1)
	binary.NativeEndian.PutUint32(want[atSpaceAvail:], 1)
	got := f.bytesAt(0, 4096)
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("header byte %d is %#02x, want %#02x", i, got[i], want[i])
		}
	}
}

func TestRecordsAreAsDocumented(t *testing.T) {
	f := newRing(t, 64)
	f.advance(24)            // by empty messages
	f.push(make([]byte, 27)) // 32 bytes at 24: 8 are left in the lap
	f.push(make([]byte, 5))  // 16 bytes, at 0 therefore
	for _, row := range []struct {
		name   string
		offset int64
		want   uint32
	}{
		{"wrap marker of 8 bytes", 56, ready | wrap | 4},
		{"message of 27", 24, ready | 27},
		{"message of 5", 0, ready | 5},
		{"empty message", 16, ready},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := f.word32(atData + row.offset); got != row.want {
				t.Fatalf("header at offset %d is %#08x, want %#08x", row.offset, got, row.want)
			}
		})
	}
}
