package explore

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"
)

// watch reads the watched files, by their paths: whichever file stands there at
// the moment.
type watch struct {
	files []watched
	last  Image
	buf   []byte
}

type watched struct {
	path     string
	fd       int // -1 if there is none
	dev, ino uint64
}

func newWatch(paths []string) (*watch, error) {
	w := &watch{last: make(Image, len(paths))}
	for _, p := range paths {
		w.files = append(w.files, watched{path: p, fd: -1})
	}
	_, err := w.look()
	return w, err
}

func (w *watch) close() {
	for i := range w.files {
		w.files[i].close()
	}
}

func (f *watched) close() {
	if f.fd >= 0 {
		unix.Close(f.fd)
		f.fd = -1
	}
}

// look brings last up to date and tells whether anything has changed. Parts that
// have not are shared with the image before.
func (w *watch) look() (changed bool, err error) {
	for i := range w.files {
		now, err := w.files[i].read(&w.buf)
		if err != nil {
			return false, fmt.Errorf("watch %s: %w", w.files[i].path, err)
		}
		if old := w.last[i]; (now == nil) == (old == nil) && bytes.Equal(now, old) {
			continue
		}
		if !changed {
			w.last = append(Image{}, w.last...)
			changed = true
		}
		w.last[i] = bytes.Clone(now)
	}
	return changed, nil
}

// read returns the file's bytes in buf's memory, nil if there is no file.
func (f *watched) read(buf *[]byte) ([]byte, error) {
	var st unix.Stat_t
	err := unix.Stat(f.path, &st)
	switch {
	case err == unix.ENOENT || err == unix.ENOTDIR:
		f.close()
		return nil, nil
	case err != nil:
		return nil, err
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, fmt.Errorf("%w: not a regular file", ErrCannot)
	}
	if f.fd < 0 || f.dev != st.Dev || f.ino != st.Ino {
		f.close()
		if f.fd, err = unix.Open(f.path, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return nil, err
		}
		f.dev, f.ino = st.Dev, st.Ino
	}
	if int64(cap(*buf)) < st.Size {
		*buf = make([]byte, st.Size)
	}
	got := 0
	for b := (*buf)[:st.Size]; got < len(b); {
		n, err := unix.Pread(f.fd, b[got:], int64(got))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		got += n
	}
	if got == 0 {
		return []byte{}, nil
	}
	return (*buf)[:got], nil
}
