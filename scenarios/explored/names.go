package explored

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// crashPoint identifies a point: the image, to the byte, and how many of its
// system calls are done, so that "event stored, wake not issued"
// is another crash point than the one behind the wake. Two states with the same
// crash point are one: nothing that outlives the process tells them apart.
type crashPoint struct {
	image  explore.Hash
	done   int
	asleep bool
}

// crashPoints are those of a trace's states, by ordinal.
func crashPoints(tr *explore.Trace) []crashPoint {
	list := make([]crashPoint, len(tr.States))
	done := 0
	for i, s := range tr.States {
		if s.Kind == explore.Leave {
			done++
		}
		list[i] = crashPoint{s.Hash, done, s.Kind == explore.Asleep}
	}
	return list
}

// Names of crash points at which the operation has not begun, or is over.
const (
	Before = "before"
	After  = "after"
)

// Names are the sites at whose crash points an operation was seen, and what its
// images look like there.
type Names struct {
	at        map[crashPoint][]string
	canonical map[string][]explore.Hash
}

// NamesOf takes the names from a trace of the instrumented build.
func NamesOf(tr *explore.Trace) Names {
	n := Names{map[crashPoint][]string{}, map[string][]explore.Hash{}}
	n.learn(tr)
	return n
}

func (n Names) learn(tr *explore.Trace) {
	all := crashPoints(tr)
	for i := range tr.States {
		s := &tr.States[i]
		name := siteOf(s)
		if name == "" {
			continue
		}
		if m := all[i]; !slices.Contains(n.at[m], name) {
			n.at[m] = append(n.at[m], name)
		}
		if !slices.Contains(n.canonical[name], s.Canonical) {
			n.canonical[name] = append(n.canonical[name], s.Canonical)
		}
	}
}

// siteOf names a state that says itself where it is.
func siteOf(s *explore.State) string {
	switch s.Kind {
	case explore.Begin:
		return Before
	case explore.End:
		return After
	case explore.Mark:
		return s.Name
	case explore.Asleep:
		switch s.Syscall.Offset {
		case ring.DataAvailOffset:
			return string(ring.ReaderInDataWait)
		case ring.SpaceAvailOffset:
			return string(ring.WriterInSpaceWait)
		}
	}
	return ""
}

// A Cover says what stands for one crash point of an operation in the catalogue.
type Cover struct {
	State int    `json:"state"` // ordinal of the first state of that crash point
	What  string `json:"what"`
	// Sites are those at which the image is this one, to the byte.
	Sites []string `json:"sites,omitempty"`
	// Near is the site, or Before or After, to which the crash point is equivalent,
	// if it is at no site itself, and Why tells why.
	Near string `json:"near,omitempty"`
	Why  string `json:"why,omitempty"`

	entry *Equivalent
}

// named reports whether the catalogue knows the crash point.
func (c Cover) named() bool { return len(c.Sites) > 0 || c.Near != "" }

// String is one line for people.
func (c Cover) String() string {
	switch {
	case len(c.Sites) > 0:
		return fmt.Sprintf("%s: at %s", c.What, strings.Join(c.Sites, ", "))
	case c.Near != "":
		return fmt.Sprintf("%s: like %s: %s", c.What, c.Near, c.Why)
	}
	return c.What + ": UNNAMED"
}

// cover finds what stands for each crash point of a trace, in their order.
func cover(tr *explore.Trace, n Names) (all []Cover) {
	own := NamesOf(tr) // where it begins and ends, and sleeps, in this build
	seen := map[crashPoint]bool{}
	for i, m := range crashPoints(tr) {
		if seen[m] {
			continue
		}
		seen[m] = true
		s := &tr.States[i]
		c := Cover{State: s.Ordinal, What: where(s)}
		for _, name := range slices.Concat(own.at[m], n.at[m]) {
			if !slices.Contains(c.Sites, name) {
				c.Sites = append(c.Sites, name)
			}
		}
		if len(c.Sites) == 0 {
			if e := equivalentOf(s, tr, n); e != nil {
				c.Near, c.Why, c.entry = e.Near, e.Why, e
			}
		}
		all = append(all, c)
	}
	return all
}

// theRing is the import path of what is explored.
var theRing = reflect.TypeFor[ring.Writer]().PkgPath()

// An Equivalent is a line of the catalogue for crash points at which no site
// stands: what comes after a death there cannot be told from what comes after a
// death at a crash point beside them. It holds wherever the function is passed,
// whatever the operation, and for nothing else.
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
	canonical sameness = "canonical" // that of the crash point beside it, but for what Canonical takes out
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
