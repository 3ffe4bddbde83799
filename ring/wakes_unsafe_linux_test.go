package ring

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bystander is a thread that sleeps on an event's word although the word says
// that nobody does: a wake that should not be made ends its sleep.
type bystander struct {
	word *atomic.Uint32
	done chan struct{}
}

func standBy(t *testing.T, word *atomic.Uint32) bystander {
	t.Helper()
	b := bystander{word, make(chan struct{})}
	before := word.Swap(0)
	thread := make(chan int, 1)
	go func() {
		defer close(b.done)
		runtime.LockOSThread()
		thread <- unix.Gettid()
		futexWait(word, PollOff)
	}()
	call := fmt.Sprintf("/proc/self/task/%d/syscall", <-thread)
	asleep := fmt.Sprintf(" %#x 0x0 0x0 ", uintptr(unsafe.Pointer(word)))
	for {
		line, err := os.ReadFile(call)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(line), asleep) {
			break
		}
		runtime.Gosched()
	}
	word.Store(before)
	return b
}

// woken ends the sleep and reports whether somebody had ended it before.
func (b bystander) woken() bool {
	n, _, _ := unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(b.word)), futexWakeOp, everybody, 0, 0, 0)
	<-b.done
	return n == 0
}

// An event that is set has nobody asleep: a wake costs a system call, so the
// first of a process is the only one that may be in vain.
func TestNobodyIsWokenWhereNobodySleeps(t *testing.T) {
	w, r := bothEnds(t, filepath.Join(t.TempDir(), "ring"))
	ctx, buf := t.Context(), make([]byte, 64)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// Each sends some messages of 4 bytes and takes them.
	pop := func() { _, err := r.Pop(ctx, buf); must(err) }
	uses := map[string]func(){
		"push":           func() { must(w.Push(ctx, make([]byte, 4))); pop() },
		"try to push":    func() { must(w.TryPush(make([]byte, 4))); _, err := r.TryPop(buf); must(err) },
		"push a batch":   func() { _, err := w.PushBatch(ctx, [][]byte{buf[:4], buf[:4]}); must(err); pop(); pop() },
		"reserve":        func() { _, err := w.Reserve(ctx, 4); must(err); must(w.Commit(4)); pop() },
		"peek":           func() { must(w.TryPush(make([]byte, 4))); _, err := r.Peek(ctx); must(err); must(r.Release()) },
		"pass a wrap":    func() { must(w.TryPush(make([]byte, 20))); _, err := r.TryPop(buf); must(err) },
		"find nothing":   func() { _, err := r.TryPop(buf); expect(t, err, ErrEmpty) },
		"peek at nought": func() { _, err := r.TryPeek(); expect(t, err, ErrEmpty) },
		"find no room": func() {
			for w.TryPush(nil) == nil {
			}
			expect(t, w.TryPush(nil), ErrFull)
			for _, err := r.TryPop(buf); err == nil; _, err = r.TryPop(buf) {
			}
		},
	}
	for range 10 { // both sides have woken the other once, and laps have passed
		for _, use := range uses {
			use()
		}
	}
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			sleepers := map[string]bystander{"reader": standBy(t, w.dataAvail.word), "writer": standBy(t, w.spaceAvail.word)}
			for range 20 {
				use()
			}
			for side, b := range sleepers {
				if b.woken() {
					t.Errorf("the %s is woken beside a set event", side)
				}
			}
		})
	}
}

func expect(t *testing.T, got, want error) {
	t.Helper()
	if got != want {
		t.Fatalf("%v, want %v", got, want)
	}
}

// The test above would be worth nothing if it did not notice a wake.
func TestABystanderNoticesAWake(t *testing.T) {
	w, _ := bothEnds(t, filepath.Join(t.TempDir(), "ring"))
	b := standBy(t, w.dataAvail.word)
	futexWake(w.dataAvail.word)
	if !b.woken() {
		t.Error("a wake was not noticed")
	}
}
