package ring_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"killpoint/ring"
)

const damagedCapacity = 8192

// damage is one way in which a ring file cannot be used, what opening it must
// say, and words that the person who reads it needs.
type damage struct {
	name   string
	harm   func(t *testing.T, path string)
	want   error
	advice string
}

var damages = []damage{
	{"empty file", cutTo(0), ring.ErrLayout, "remove it and create it again"},
	{"cut within the header", cutTo(atData - 1), ring.ErrLayout, "not a ring, or one that was cut short"},
	{"header only", cutTo(atData), ring.ErrLayout, "needs exactly 12288"},
	{"shorter by 1", cutBy(1), ring.ErrLayout, "needs exactly 12288"},
	{"shorter by 48", cutBy(48), ring.ErrLayout, "needs exactly 12288"},
	{"shorter by 4096", cutBy(4096), ring.ErrLayout, "needs exactly 12288"},
	{"longer by 1", cutBy(-1), ring.ErrLayout, "needs exactly 12288"},
	{"creation never finished", zero, ring.ErrLayout, "remove it and create it again"},
	{"magic taken out of a ring in use", word(atIdent, 0), ring.ErrLayout, "not a ring"},
	{"another program's file", word(atIdent, 0x7f454c46<<32|1), ring.ErrLayout, "not a ring"},
	{"no magic but a version", word(atIdent, 1), ring.ErrLayout, "not a ring"},
	{"later version", word(atIdent, 0x4b504e54<<32|2), ring.ErrLayout, "version is 2, this program knows 1"},
	{"version 0", word(atIdent, 0x4b504e54<<32), ring.ErrLayout, "version is 0, this program knows 1"},
	{"capacity 0", word(atCapacity, 0), ring.ErrLayout, "must be 64 to 1073741824"},
	{"capacity 7", word(atCapacity, 7), ring.ErrLayout, "must be 64 to 1073741824"},
	{"capacity 56", word(atCapacity, 56), ring.ErrLayout, "must be 64 to 1073741824"},
	{"capacity 2^40", word(atCapacity, 1<<40), ring.ErrLayout, "must be 64 to 1073741824"},
	{"capacity 2^64-8", word(atCapacity, 1<<64-8), ring.ErrLayout, "must be 64 to 1073741824"},
	{"capacity not a multiple of 8", word(atCapacity, 8191), ring.ErrLayout, "multiple of 8"},
	{"capacity of a smaller ring", word(atCapacity, 8184), ring.ErrLayout, "needs exactly 12280"},
	{"capacity of a larger ring", word(atCapacity, 8200), ring.ErrLayout, "needs exactly 12296"},
	{"write index more than a lap ahead", word(atWrite, 8192+8), ring.ErrCorrupt, "write index 8200, read index 0"},
	{"read index ahead of the write index", word(atRead, 24), ring.ErrCorrupt, "write index 16, read index 24"},
	{"unaligned write index", word(atWrite, 12), ring.ErrCorrupt, "write index 12"},
	{"unaligned read index", word(atRead, 1), ring.ErrCorrupt, "read index 1"},
	{"indices about to begin at 0 again", words(atWrite, 1<<64-8, atRead, 1<<64-16), ring.ErrCorrupt, "write index 18446744073709551608"},
	{"both indices unaligned", words(atWrite, 12, atRead, 4), ring.ErrCorrupt, "write index 12, read index 4"},
}

func cutTo(size int64) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
}

func cutBy(n int64) func(*testing.T, string) { return cutTo(atData + damagedCapacity - n) }

func zero(t *testing.T, path string) {
	t.Helper()
	cutTo(0)(t, path)
	cutTo(atData+damagedCapacity)(t, path)
}

func word(at int64, v uint64) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		poke(t, path, at, binary.NativeEndian.AppendUint64(nil, v))
	}
}

func words(at1 int64, v1 uint64, at2 int64, v2 uint64) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		word(at1, v1)(t, path)
		word(at2, v2)(t, path)
	}
}

// forEachDamage runs a test on a ring file that was sound, with two messages
// of 8 bytes each inside, before it came to harm.
func forEachDamage(t *testing.T, test func(t *testing.T, d damage, path string)) {
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			path := soundFile(t)
			d.harm(t, path)
			test(t, d, path)
		})
	}
}

func soundFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "damaged.ring")
	w, err := ring.Create(path, damagedCapacity)
	if err != nil {
		t.Fatal(err)
	}
	for _, msg := range []string{"one", "two"} {
		if err := w.TryPush([]byte(msg)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
