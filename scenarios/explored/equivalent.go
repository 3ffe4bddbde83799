package explored

import (
	"slices"
	"strings"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// theRing is the import path of what is explored.
const theRing = "killpoint/ring"

// An Equivalent is a line of the catalogue for moments at which no site stands:
// what comes after a death there cannot be told from what comes after a death at
// a neighbour. It holds wherever the function is passed, whatever the operation,
// and for nothing else.
type Equivalent struct {
	Func string // of package ring, the innermost one; empty is the caller, outside of it
	Kind explore.Kind
	Call string // name of the system call of a Leave
	Near string // a site, or Before or After
	Same sameness
	Why  string
}

// sameness is what must be seen of the image, or the entry does not hold.
type sameness string

const (
	canonical sameness = "canonical" // that of the neighbour, but for what Canonical takes out
	untouched sameness = "untouched" // that before the operation, to the byte
	emptyFile sameness = "empty"     // a file that was not there before, without a byte
)

// Equivalents returns the lines.
func Equivalents() []Equivalent { return slices.Clone(equivalents) }

var equivalents = []Equivalent{
	{"(*Writer).put", explore.Store, "", string(ring.WriterAfterWriteHeader), canonical,
		"part of the body is copied: behind a header without READY nobody reads it, and the next push stores over it"},
	{"", explore.Store, "", string(ring.WriterAfterReserve), canonical,
		"the caller writes into its reservation: behind a header without READY nobody reads it, and the next push stores over it"},
	{"futexWake", explore.Leave, "futex", string(ring.WriterAfterSpaceReset), canonical,
		"what is stored in between is the event of the dead end's own sleep"},
	{"futexWake", explore.Leave, "futex", string(ring.ReaderAfterDataReset), canonical,
		"what is stored in between is the event of the dead end's own sleep"},
	{"createFile", explore.Leave, "openat", string(ring.WriterCreateBeforeInit), emptyFile,
		"a file without a byte has no magic either: the same errors, and the same way back"},
	{"role.lock", explore.Leave, "fcntl", string(ring.WriterCreateBeforeInit), emptyFile,
		"as when the file was made: a lock goes with the process that holds it"},
	{"reserve", explore.Leave, "fallocate", string(ring.WriterCreateBeforeInit), canonical,
		"the same file, not mapped yet: a mapping goes with its process"},
	{"openFile", explore.Leave, "openat", Before, untouched,
		"a descriptor goes with the process that has it"},
	{"role.lock", explore.Leave, "fcntl", Before, untouched,
		"a lock goes with the process that holds it"},
	{"(*file).remains", explore.Leave, "pread64", Before, untouched,
		"reading leaves nothing behind"},
	{"unmap", explore.Leave, "munmap", After, untouched,
		"the descriptor that is still open, and the role with it, go with the process"},
	{"role.unlock", explore.Leave, "fcntl", After, untouched,
		"the descriptor that is still open goes with the process"},
}

// equivalentOf finds the line that a state is covered by.
func equivalentOf(s *explore.State, tr *explore.Trace, n Names) *Equivalent {
	f, _ := s.In(theRing)
	for i := range equivalents {
		e := &equivalents[i]
		if e.Func == strings.TrimPrefix(f.Func, theRing+".") && e.Kind == s.Kind && (s.Kind != explore.Leave || e.Call == s.Syscall.Name) && e.holds(s, tr, n) {
			return e
		}
	}
	return nil
}

func (e *Equivalent) holds(s *explore.State, tr *explore.Trace, n Names) bool {
	before := tr.States[0].Image
	switch e.Same {
	case canonical:
		return slices.Contains(n.canonical[e.Near], s.Canonical)
	case untouched:
		return s.Image.Equal(before)
	case emptyFile:
		made := 0
		for i, now := range s.Image {
			switch {
			case before[i] == nil && now != nil && len(now) == 0:
				made++
			case string(before[i]) != string(now):
				return false
			}
		}
		return made == 1
	}
	return false
}
