package ring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Create makes a new ring file of mode 0600 with a data area of the given
// capacity in bytes (MinCapacity to MaxCapacity, a multiple of 8) and returns
// its writer. The file's room is reserved: a full file system is an error here
// and no surprise later. A file that exists is never touched, unless
// WithReplace is given: the error is then fs.ErrExist, also if the file is the
// remains of a Create that was cut short. Other errors: ErrLayout for a
// capacity out of range, ErrBusy, and those of the file system.
func Create(path string, capacity int, opts ...Option) (*Writer, error) {
	s := newSettings(opts)
	err := checkCapacity(uint64(capacity))
	var w *Writer
	if err == nil && s.replace {
		w, err = replace(path, capacity, s)
	} else if err == nil {
		w, err = create(path, path, capacity, s)
	}
	if err != nil {
		return nil, fmt.Errorf("ring: create %s: %w", path, err)
	}
	return w, nil
}

// create makes the ring in the file at the path at, for one that is, or will
// be, known by another path.
func create(at, path string, capacity int, s settings) (*Writer, error) {
	f, err := createFile(at, FileSize(capacity))
	if err != nil {
		return nil, err
	}
	mem, err := f.mmap()
	if err != nil {
		return nil, errors.Join(err, f.remove(), f.Close())
	}
	w := new(Writer)
	w.bind(path, f, mem, readerRole, s)
	if err = w.prepare(s); err == nil {
		err = w.initialise()
	}
	if err != nil {
		return nil, errors.Join(err, f.remove(), w.Close())
	}
	return w, nil
}

// initialise makes a ring of a file that is all zero.
func (w *Writer) initialise() (err error) {
	before := w.enter()
	defer w.leave(before, &err)
	mark(WriterCreateBeforeInit)
	*plain64(w.mem, offCapacity) = w.capacity
	mark(WriterCreateBeforeMagic)
	word64(w.mem, offIdent).Store(ident())
	mark(WriterCreateAfterInit)
	w.inside = false
	return nil
}

// Attach returns a writer for a ring that exists: the successor of one that
// was closed or died. It goes on where the published messages end. Attach
// stores nothing in the ring. Errors: fs.ErrNotExist, ErrLayout, ErrCorrupt,
// ErrBusy if the ring has a live writer, ErrReplaced if the file was replaced
// meanwhile.
func Attach(path string, opts ...Option) (*Writer, error) {
	w := new(Writer)
	write, read, err := w.join(path, writerRole, readerRole, newSettings(opts), WriterAttachBeforeMap, WriterAttachAfterMap)
	if err != nil {
		return nil, fmt.Errorf("ring: attach to %s: %w", path, err)
	}
	w.stand(write, read)
	return w, nil
}

// freshSuffix is what the path of a ring ends with until it takes the place of
// another.
const freshSuffix = ".new"

// replace puts a fresh ring in the place of one that nobody holds. Both roles
// of the old ring are held meanwhile, so that nobody opens what is about to go.
func replace(path string, capacity int, s settings) (*Writer, error) {
	old, err := claim(path)
	if errors.Is(err, fs.ErrNotExist) {
		return create(path, path, capacity, s)
	}
	if err != nil {
		return nil, err
	}
	defer old.Close()
	fresh := path + freshSuffix
	if err := sweep(fresh); err != nil {
		return nil, err
	}
	w, err := create(fresh, path, capacity, s)
	if err != nil {
		return nil, err
	}
	if err := w.succeed(old); err != nil {
		return nil, err
	}
	return w, nil
}

// succeed puts a fresh ring in the place of the old one, or closes and removes
// it. What is at the path by then may be somebody else's, who does not ask for
// locks: it is looked at last. (No system call renames on condition: that leaves
// a gap of one call.)
func (w *Writer) succeed(old *file) error {
	mark(WriterReplaceBeforeRename)
	err := old.inPlace()
	if err == nil {
		err = os.Rename(w.file.abs, old.abs)
	}
	if err != nil {
		return errors.Join(err, w.file.remove(), w.Close())
	}
	mark(WriterReplaceAfterRename)
	w.file.abs = old.abs
	return nil
}

// claim opens a ring, or what is left of one, and takes both of its roles. It
// looks at the file again when it has them: nobody who keeps to the rules can
// change it any more.
func claim(path string) (*file, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	if err = f.remains(); err == nil {
		err = f.take(writerRole, readerRole)
	}
	if err == nil {
		err = f.remains()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes a fresh ring whose maker died before it took its place.
func sweep(path string) error {
	f, err := claim(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return errors.Join(f.remove(), f.Close())
}

// remains tells a ring of any version, and a file that a Create had begun, from
// a file that was never to be a ring.
func (f *file) remains() error {
	now, err := f.Stat()
	if err != nil {
		return bare(err)
	}
	var word [8]byte
	if n, _ := f.ReadAt(word[:], offIdent); n == len(word) {
		switch id := binary.NativeEndian.Uint64(word[:]); {
		case id>>32 == magic:
			return nil
		case id != 0:
			return fmt.Errorf("%w: magic is %#08x, want %#08x: not a ring, and not replaced", ErrLayout, id>>32, uint32(magic))
		}
	}
	left, err := unfinished(now.Size(), f.ReadAt)
	switch {
	case err != nil:
		return bare(err)
	case !left:
		return fmt.Errorf("%w, and not replaced", errStranger)
	}
	return nil
}
