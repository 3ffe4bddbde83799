// Command sleeper is a victim that sleeps: it maps a file and waits in futex(2)
// on a word of it until the word is no longer zero. For comparison it can also
// spin.
package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"killpoint/harness/agent"
)

func main() {
	agent.Main(agent.Program{
		Name:  "sleeper",
		Roles: map[string]agent.NewRole{"sleeper": newSleeper},
	})
}

// sleeper holds one mapping.
type sleeper struct {
	mem   []byte
	start int64 // of the mapping, in the file
}

func newSleeper(*agent.Session) agent.Role { return &sleeper{} }

type (
	mapArgs struct {
		Path   string
		Start  int64
		Length int
	}
	wordArgs struct {
		Offset  int64         // of the word, in the file
		Timeout time.Duration // of one sleep; 0 is none
	}
)

func (s *sleeper) Ops() map[string]agent.Op {
	return map[string]agent.Op{
		"map": agent.Func(s.mapFile),
		"sleep": agent.Func(func(a wordArgs) (any, error) {
			w := wordAt(s.mem, a.Offset-s.start)
			for w.isZero() {
				if err := w.wait(a.Timeout); err != nil {
					return nil, err
				}
			}
			return nil, nil
		}),
		"spin": agent.Func(func(a wordArgs) (any, error) {
			for w := wordAt(s.mem, a.Offset-s.start); w.isZero(); {
			}
			return nil, nil
		}),
		"burn": agent.Func(func(amount time.Duration) (any, error) {
			var used unix.Timespec
			for used.Nano() < int64(amount) {
				if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &used); err != nil {
					return nil, err
				}
			}
			return nil, nil
		}),
		"wake": agent.Func(func(a wordArgs) (any, error) {
			return nil, wordAt(s.mem, a.Offset-s.start).set()
		}),
	}
}

func (s *sleeper) mapFile(a mapArgs) (any, error) {
	f, err := os.OpenFile(a.Path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s.start = a.Start
	s.mem, err = unix.Mmap(int(f.Fd()), a.Start, a.Length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return nil, err
}

func (s *sleeper) Close() error {
	if s.mem == nil {
		return nil
	}
	return unix.Munmap(s.mem)
}
