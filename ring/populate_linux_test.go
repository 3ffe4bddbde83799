package ring

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// faultsOfTouching counts the page faults of a write to each page of a mapping.
func faultsOfTouching(t *testing.T, mem []byte) int {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	faults := func() int64 {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
			t.Fatal(err)
		}
		return u.Minflt + u.Majflt
	}
	before := faults()
	touch(mem)
	return int(faults() - before)
}

// Memory files have no huge pages unless they are asked for, so each page that
// is not in place is a fault of its own.
func TestAPopulatedRingHasItsPagesInPlace(t *testing.T) {
	const size = 4 << 20
	pages := size / os.Getpagesize()
	mapped := func() []byte {
		fd, err := unix.MemfdCreate("ring", unix.MFD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		if err := unix.Fallocate(fd, 0, 0, size); err != nil {
			t.Fatal(err)
		}
		mem, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unmap(mem) })
		return mem
	}
	if n := faultsOfTouching(t, mapped()); n < pages/2 {
		t.Fatalf("%d page faults on %d pages that were not populated: none can be counted here", n, pages)
	}
	w := &Writer{}
	w.mem = mapped()
	if err := w.prepare(settings{populate: true}); err != nil {
		t.Fatal(err)
	}
	if n := faultsOfTouching(t, w.mem); n > pages/16 {
		t.Errorf("%d page faults on %d populated pages, want next to none", n, pages)
	}
}
