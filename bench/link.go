package bench

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"killpoint/ring"
)

// ends are the streams of one end of a link; either may be nil, and both may be
// the same.
type ends struct{ out, in *os.File }

// A link makes what joins two ends: files in dir, or streams. With back set,
// answers can go the other way.
type link func(dir string, back bool) (first, second ends, err error)

func ringLink(dir string, answers bool) (first, second ends, err error) {
	names := []string{forth}
	if answers {
		names = append(names, back)
	}
	for _, name := range names {
		w, err := ring.Create(filepath.Join(dir, name), capacity)
		if err != nil {
			return ends{}, ends{}, err
		}
		if err := w.Close(); err != nil {
			return ends{}, ends{}, err
		}
	}
	return ends{}, ends{}, nil
}

func areaLink(dir string, _ bool) (first, second ends, err error) {
	path := filepath.Join(dir, areaFile)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return ends{}, ends{}, err
	}
	return ends{}, ends{}, os.Truncate(path, capacity)
}

// pipeLink makes pipes whose descriptors block, which is faster here than the
// runtime's poller.
func pipeLink(_ string, answers bool) (first, second ends, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return first, second, os.NewSyscallError("pipe2", err)
	}
	second.in, first.out = os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe")
	if !answers {
		return first, second, nil
	}
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		closeEnds(first, second)
		return ends{}, ends{}, os.NewSyscallError("pipe2", err)
	}
	first.in, second.out = os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe")
	return first, second, nil
}

func socketLink(string, bool) (first, second ends, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return first, second, os.NewSyscallError("socketpair", err)
	}
	a, b := os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket")
	return ends{a, a}, ends{b, b}, nil
}

// closeEnds closes this process's copies of streams, so that a child sees the
// end of the other one.
func closeEnds(all ...ends) {
	for _, e := range all {
		for _, f := range []*os.File{e.out, e.in} {
			if f != nil {
				f.Close() // a socket twice, which is harmless
			}
		}
	}
}
