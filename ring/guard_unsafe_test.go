package ring

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// arena is a file, mapped between two pages that nobody may touch. A ring in it
// ends where the mapping does, so that the first byte behind the ring is one
// that cannot be reached.
type arena struct {
	file *file
	base []byte
}

func newArena(t testing.TB, most int) *arena {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "arena"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	page := os.Getpagesize()
	size := (HeaderSize + most + page - 1) / page * page
	if err := f.Truncate(int64(size)); err != nil {
		t.Fatal(err)
	}
	opened, err := newFile(f.Name(), f)
	if err != nil {
		t.Fatal(err)
	}
	around := uintptr(size + 2*page)
	guard, err := unix.MmapPtr(-1, 0, nil, around, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.MunmapPtr(guard, around) })
	inner, err := unix.MmapPtr(int(f.Fd()), 0, unsafe.Add(guard, page), uintptr(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_FIXED)
	if err != nil {
		t.Fatal(err)
	}
	return &arena{opened, unsafe.Slice((*byte)(inner), size)}
}

// ring is the memory of a ring of the given capacity, all of it zero, as is
// what lies before it.
func (a *arena) ring(t testing.TB, capacity int) []byte {
	t.Helper()
	if err := a.file.Truncate(int64(len(a.base))); err != nil {
		t.Fatal(err)
	}
	clear(a.base)
	return a.base[len(a.base)-HeaderSize-capacity:]
}

// open and attach are Open and Attach for a ring in the arena. Such an end is
// not closed but dropped.

func (a *arena) open(mem []byte, opts ...Option) (*Reader, error) {
	r := new(Reader)
	write, read, err := a.join(&r.end, mem, writerRole, opts)
	if err != nil {
		return nil, err
	}
	r.stand(read, write)
	return r, nil
}

func (a *arena) attach(mem []byte, opts ...Option) (*Writer, error) {
	w := new(Writer)
	write, read, err := a.join(&w.end, mem, readerRole, opts)
	if err != nil {
		return nil, err
	}
	w.stand(write, read)
	return w, nil
}

func (a *arena) join(e *end, mem []byte, peer role, opts []Option) (write, read uint64, err error) {
	e.mem, e.path = mem, a.file.Name()
	if write, read, err = e.inspect(int64(len(mem))); err == nil {
		e.bind(a.file.Name(), a.file, mem, peer, newSettings(opts))
	}
	return write, read, err
}

// within reports whether msg lies in mem, as a message does that was not copied.
func within(mem, msg []byte) bool {
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(msg))) - uintptr(unsafe.Pointer(unsafe.SliceData(mem)))
	return begin <= uintptr(len(mem)) && begin+uintptr(cap(msg)) <= uintptr(len(mem))
}

// The arena would be worth nothing if its guards could be touched.
func TestTheArenaIsGuarded(t *testing.T) {
	a := newArena(t, 64)
	mem := a.ring(t, 64)
	first, last := unsafe.Pointer(&a.base[0]), unsafe.Pointer(&mem[len(mem)-1])
	for name, at := range map[string]unsafe.Pointer{"before": unsafe.Add(first, -1), "behind": unsafe.Add(last, 1)} {
		func() {
			defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
			defer func() {
				if recover() == nil {
					t.Errorf("the byte %s the arena can be written to", name)
				}
			}()
			*(*byte)(at) = 1
		}()
	}
}
