package ring

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A role is held by locking one byte of the file with a lock that belongs to
// the open file description. The kernel drops it with the last descriptor and
// mapping of that description: at Close, and when the owner ends in whatever
// way. It is closed on exec; a child that only forks shares it, see the package.
type role int64

// The bytes are those of the index that the role alone advances.
const (
	writerRole role = offWrite
	readerRole role = offRead
)

func (r role) String() string {
	if r == writerRole {
		return "writer"
	}
	return "reader"
}

// lock takes the role, or returns ErrBusy at once.
func (r role) lock(f *os.File) error {
	l := r.flock()
	err := unix.FcntlFlock(f.Fd(), ofdSetLock, &l)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%w: the ring has a %s", ErrBusy, r)
	}
	if err != nil {
		return fmt.Errorf("lock the role of %s: %w", r, err)
	}
	return nil
}

// unlock gives the role up, also where a process that another goroutine is just
// starting has the descriptor until it has executed its program.
func (r role) unlock(f *os.File) error {
	l := r.flock()
	l.Type = unix.F_UNLCK
	if failed := unix.FcntlFlock(f.Fd(), ofdSetLock, &l); failed != nil {
		return fmt.Errorf("give up the role of %s: %w", r, failed)
	}
	return nil
}

// other is the role of the other end.
func (r role) other() role {
	if r == writerRole {
		return readerRole
	}
	return writerRole
}

// held tells whether another open file description than f's holds the role.
func (r role) held(f *os.File) (bool, error) {
	l := r.flock()
	if err := unix.FcntlFlock(f.Fd(), ofdGetLock, &l); err != nil {
		return false, fmt.Errorf("ask who is %s: %w", r, err)
	}
	return l.Type != unix.F_UNLCK, nil
}

func (r role) flock() unix.Flock_t {
	return unix.Flock_t{Type: unix.F_WRLCK, Start: int64(r), Len: 1}
}
