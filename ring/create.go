package ring

import (
	"errors"
	"fmt"
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
