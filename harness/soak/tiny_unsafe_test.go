package soak

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/harness/agent"
	"killpoint/harness/soak/ledger"
)

// tinyEnv makes this test binary be a process of a tiny subject: a queue of a
// few slots in a file, whose ends spin. Each way to send or take but the first
// breaks one rule.
const tinyEnv = "KILLPOINT_SOAK_TEST_TINY"

func TestMain(m *testing.M) {
	if os.Getenv(tinyEnv) != "" {
		agent.Main(agent.Program{Name: "tiny", Roles: map[string]agent.NewRole{
			string(Writer): func(*agent.Session) agent.Role { return new(tiny) },
			string(Reader): func(*agent.Session) agent.Role { return new(tiny) },
		}})
		return
	}
	harness.EndWithParent()
	os.Exit(m.Run())
}

const (
	tinySlots   = 8
	tinySlot    = 64
	tinyHeader  = 64
	tinyLongest = tinySlot - 1
	tinySize    = tinyHeader + tinySlots*tinySlot
)

// tinySubject sends and takes in these ways.
func tinySubject(send, take string) Subject {
	return Subject{
		Program: &harness.Program{Path: "/proc/self/exe"},
		Env:     []string{tinyEnv + "=1"},
		Send:    []Way{{Name: send, Most: 1}},
		Take:    []Way{{Name: take, Most: 1}},
		Sizes:   []int{tinySize},
		Longest: func(int) int { return tinyLongest },
		Begin: func(b Beginning) []Call {
			work := Call{string(b.Role), b}
			if b.Role == Writer && b.Number == 1 {
				return []Call{{"make", b}, work}
			}
			return []Call{{"map", b}, work}
		},
		Unread: func(path string) (msgs [][]byte, err error) {
			mem, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			t := tiny{mem: mem}
			for n := t.word(readAt).Load(); n < t.word(writeAt).Load(); n++ {
				msgs = append(msgs, t.slot(n))
			}
			return msgs, nil
		},
	}
}

type tiny struct{ mem []byte }

// The words of the file: how many were written, and read.
const (
	writeAt = 0
	readAt  = 8
)

func (t *tiny) word(at int) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&t.mem[at : at+8][0]))
}

func (t *tiny) slot(n uint64) []byte {
	s := t.mem[tinyHeader+n%tinySlots*tinySlot:][:tinySlot]
	return s[1:][:s[0]]
}

func (t *tiny) put(body []byte) {
	n := t.word(writeAt).Load()
	for n-t.word(readAt).Load() == tinySlots {
		runtime.Gosched()
	}
	s := t.mem[tinyHeader+n%tinySlots*tinySlot:]
	s[0] = byte(len(body))
	copy(s[1:], body)
	t.word(writeAt).Store(n + 1)
}

func (t *tiny) Close() error { return nil }

func (t *tiny) Ops() map[string]agent.Op {
	return map[string]agent.Op{
		"make": agent.Func(func(b Beginning) (any, error) {
			if err := os.WriteFile(b.Path, make([]byte, tinySize), 0o600); err != nil {
				return nil, err
			}
			return nil, t.open(b.Path)
		}),
		"map":          agent.Func(func(b Beginning) (any, error) { return nil, t.open(b.Path) }),
		string(Writer): agent.Func(func(b Beginning) (any, error) { return nil, t.send(b) }),
		string(Reader): agent.Func(func(b Beginning) (any, error) { return nil, t.take(b) }),
	}
}

func (t *tiny) open(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	t.mem, err = unix.Mmap(int(f.Fd()), 0, tinySize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return err
}

func (t *tiny) send(b Beginning) error {
	l, err := ledger.Open(b.Ledger)
	if err != nil {
		return err
	}
	box := l.Outbox(b.Number, 1)
	for n := 1; !l.Finishing(); n++ {
		id := box.Begin(1)
		body := l.Format.Append(nil, id)
		odd := n%50 == 0
		switch b.Way.Name {
		case "fails":
			if odd {
				return fmt.Errorf("no message %d", n)
			}
		case "has no room":
			if odd {
				return &os.PathError{Op: "write", Path: b.Path, Err: unix.ENOSPC}
			}
		case "ends":
			if odd {
				return nil
			}
		case "exits":
			if odd {
				os.Exit(3)
			}
		case "skips":
			if odd {
				body = l.Format.Append(nil, box.Begin(1))
			}
		case "repeats":
			if odd {
				t.put(body)
			}
		case "garbles":
			if odd {
				body[len(body)-1]++
			}
		}
		t.put(body)
		if b.Way.Name != "books seldom" || n%10 == 0 {
			box.Done()
		}
	}
	t.put(l.Format.Append(nil, box.Begin(1).Last()))
	box.Done()
	if b.Way.Name == "goes on" {
		t.put(l.Format.Append(nil, ledger.NewID(b.Number, 1)))
	}
	return nil
}

func (t *tiny) take(b Beginning) error {
	l, err := ledger.Open(b.Ledger)
	if err != nil {
		return err
	}
	box := l.Inbox(b.Number)
	box.Taking()
	for n := 1; ; n++ {
		at := t.word(readAt).Load()
		for t.word(writeAt).Load() == at {
			runtime.Gosched()
		}
		body := append([]byte{}, t.slot(at)...)
		t.word(readAt).Store(at + 1)
		if b.Way.Name == "drops" && n%50 == 0 {
			continue
		}
		id, err := box.Check(body)
		if err != nil {
			return err
		}
		box.Taken(id)
		if id.IsLast() {
			return nil
		}
	}
}
