package ring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A file is the ring's file as one end holds it: open, which is what carries
// the lock of the role, and known by path and inode.
type file struct {
	*os.File
	abs  string // path, whatever becomes of the working directory
	info fs.FileInfo
}

// createFile makes a new file, takes the writer's role and reserves size bytes,
// all zero. It never touches a file that is there already.
func createFile(path string, size int64) (*file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("%w: Attach to it, replace it WithReplace, or remove it first", bare(err))
		}
		return nil, bare(err)
	}
	made, err := newFile(path, f)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path), f.Close())
	}
	err = writerRole.lock(f)
	if err == nil {
		err = reserve(f, size)
	}
	if err == nil {
		made.info, err = f.Stat()
	}
	if err != nil {
		return nil, errors.Join(bare(err), made.remove(), f.Close())
	}
	return made, nil
}

// openFile opens a file that may be a ring. Links are followed on the way to
// the last element of the path, never there.
func openFile(path string) (*file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	switch {
	case errors.Is(err, unix.ELOOP):
		return nil, fmt.Errorf("%w: is a symbolic link: name the file itself", ErrLayout)
	case errors.Is(err, unix.EISDIR):
		return nil, fmt.Errorf("%w: is a directory: name a file in it", ErrLayout)
	case errors.Is(err, unix.ENXIO):
		return nil, fmt.Errorf("%w: not a regular file but a socket or a device that is not there", ErrLayout)
	case err != nil:
		return nil, bare(err)
	}
	opened, err := newFile(path, f)
	if err == nil && !opened.info.Mode().IsRegular() {
		err = fmt.Errorf("%w: not a regular file but %s", ErrLayout, opened.info.Mode())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return opened, nil
}

func newFile(path string, f *os.File) (*file, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, bare(err)
	}
	return &file{f, abs, info}, nil
}

// joinFile opens the file of a ring that exists and takes the role.
func joinFile(path string, r role) (*file, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	if err = checkSize(f.info.Size()); err == nil {
		err = f.take(r)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// take takes roles of a file that is open. The file may have been replaced
// since it was opened: then nobody else will ever look at this one.
func (f *file) take(roles ...role) error {
	for _, r := range roles {
		if err := r.lock(f.File); err != nil {
			return err
		}
	}
	return f.check()
}

// check decides whether the file is still whole and still the one at the path.
// A path that cannot be looked at says nothing about the file.
func (f *file) check() error {
	now, err := f.Stat()
	if err != nil {
		return bare(err)
	}
	if now.Size() < f.info.Size() {
		return fmt.Errorf("%w: it has %d bytes, had %d", ErrTruncated, now.Size(), f.info.Size())
	}
	if err := f.inPlace(); errors.Is(err, ErrReplaced) {
		return err
	}
	return nil
}

// inPlace returns nil if the path leads to this file, ErrReplaced if it does
// not, and what lstat(2) returns if nobody can tell.
func (f *file) inPlace() error {
	there, err := os.Lstat(f.abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: nothing is there now", ErrReplaced)
	case err != nil:
		return fmt.Errorf("%s: %w", f.abs, bare(err))
	case !os.SameFile(there, f.info):
		return fmt.Errorf("%w: another file is there now", ErrReplaced)
	}
	return nil
}

// mmap maps the whole file.
func (f *file) mmap() ([]byte, error) {
	size := f.info.Size()
	mem, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes: %w", size, err)
	}
	return mem, nil
}

// bare is an error of package os without the path, which callers put first.
func bare(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

func unmap(mem []byte) error { return unix.Munmap(mem) }

// remove removes the file from its path, whole or not, if it is what is there.
func (f *file) remove() error {
	if err := f.inPlace(); err != nil {
		return err
	}
	return os.Remove(f.abs)
}

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

// held reports whether another open file description than f's holds the role.
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
