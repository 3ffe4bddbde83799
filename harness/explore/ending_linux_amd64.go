package explore

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const noOperation = 0x90

// untilAsleep waits until the operation's thread sleeps in the system call that
// it was let go into, or has left it.
func (t *tracer) untilAsleep() (ws unix.WaitStatus, awake bool, err error) {
	for pause := 10 * time.Microsecond; ; pause = min(2*pause, time.Millisecond) {
		if _, ok := t.early[t.pid]; ok { // it came while another thread was seen to
			ws, err = t.waitFor(t.pid)
			return ws, true, err
		}
		tid, err := unix.Wait4(-t.pid, &ws, unix.WALL|unix.WNOTHREAD|unix.WNOHANG, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, false, fmt.Errorf("wait for the victim: %w", err)
		case tid == t.pid:
			t.threads[tid].stopped = ws.Stopped()
			return ws, true, t.dead(tid, ws)
		case tid != 0:
			if err := t.note(tid, ws); err != nil {
				return 0, false, err
			}
		case t.asleep():
			return 0, false, nil
		}
		time.Sleep(pause)
	}
}

// asleep reports whether the kernel has the operation's thread sleeping. It is
// within a futex wait, so nothing else can have sent it to sleep.
func (t *tracer) asleep() bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", t.pid, t.pid))
	// The name before the state may hold anything, a bracket too.
	_, state, ok := bytes.Cut(text[bytes.LastIndexByte(text, ')')+1:], []byte(" "))
	return err == nil && ok && state[0] == 'S'
}

// letGo has the victim run to its end without a tracer.
func (t *tracer) letGo() error {
	if err := t.stopForGood(); err != nil {
		return t.orHow(err)
	}
	for tid, th := range t.threads {
		if err := ptrace(unix.PTRACE_DETACH, tid, 0, uintptr(th.signal)); err != nil && err != unix.ESRCH {
			return fmt.Errorf("detach from thread %d: %w", tid, err)
		}
	}
	for !t.reaped {
		tid, ws, err := t.wait()
		if err != nil {
			return err
		}
		switch {
		case tid == t.pid && !ws.Stopped():
			t.reaped, t.exit = true, ws
		case ws.Stopped(): // a thread that was just being born
			ptrace(unix.PTRACE_DETACH, tid, 0, 0)
		}
	}
	if !t.exit.Exited() || t.exit.ExitStatus() != 0 {
		return fmt.Errorf("%w after its operation: %s", ErrEnded, describe(t.exit))
	}
	return nil
}

func (t *tracer) orHow(err error) error {
	if err == errDead {
		return fmt.Errorf("%w: %s", ErrEnded, describe(t.exit))
	}
	return err
}

// stopForGood brings the operation's thread to where it can be let go: its
// mappings writable again, and not at the entry of a system call.
func (t *tracer) stopForGood() error {
	main := t.threads[t.pid]
	if !main.stopped { // asleep
		if err := ptrace(unix.PTRACE_INTERRUPT, t.pid, 0, 0); err != nil {
			return fmt.Errorf("interrupt the victim: %w", err)
		}
		if _, err := t.waitFor(t.pid); err != nil {
			return err
		}
	}
	if kind := t.trace.Last().Kind; (kind == Enter || kind == Mark) && t.cfg.Engine != SingleStep {
		var r unix.PtraceRegs
		if err := getRegs(t.pid, &r); err != nil {
			return err
		}
		if err := t.backOut(&r); err != nil {
			return err
		}
	}
	if err := t.protect(t.pid, false); err != nil {
		return err
	}
	// Without a tracer, the end mark would be the end of the victim.
	if _, err := unix.PtracePokeText(t.pid, uintptr(t.mark-breakSize), []byte{noOperation}); err != nil {
		return fmt.Errorf("remove the end mark: %w", err)
	}
	return nil
}

// end kills the victim if it lives, and waits for every thread of it: the
// process itself is not reported before the others that are traced.
func (t *tracer) end() {
	if t.reaped && len(t.threads) == 0 {
		return
	}
	if !t.reaped {
		t.kill()
	}
	for {
		tid, ws, err := t.wait()
		if err != nil { // ECHILD: nobody is left
			t.threads = nil
			return
		}
		if tid == t.pid && !ws.Stopped() {
			t.reaped, t.exit = true, ws
		}
	}
}

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

// look brings last up to date and reports whether anything has changed. Parts that
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
