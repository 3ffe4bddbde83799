package explored

import (
	"slices"

	"killpoint/harness/explore"
	"killpoint/ring"
)

// moment is what of a state matters to all others: the image, to the byte, and
// how many of its system calls are done, so that "event stored, wake not issued"
// is another moment than the one behind the wake. Two states with the same
// moment are one: nothing that outlives the process tells them apart.
type moment struct {
	image  explore.Hash
	done   int
	asleep bool
}

// moments are those of a trace's states, by ordinal.
func moments(tr *explore.Trace) []moment {
	list := make([]moment, len(tr.States))
	done := 0
	for i, s := range tr.States {
		if s.Kind == explore.Leave {
			done++
		}
		list[i] = moment{s.Hash, done, s.Kind == explore.Asleep}
	}
	return list
}

// Names of moments at which the operation has not begun, or is over.
const (
	Before = "before"
	After  = "after"
)

// Names are the sites at whose moments an operation was seen, and what its
// images look like there.
type Names struct {
	at        map[moment][]string
	canonical map[string][]explore.Hash
}

// NamesOf takes the names from a trace of the instrumented build.
func NamesOf(tr *explore.Trace) Names {
	n := Names{map[moment][]string{}, map[string][]explore.Hash{}}
	n.learn(tr)
	return n
}

func (n Names) learn(tr *explore.Trace) {
	all := moments(tr)
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
