package page

// A Mutant is a planted bug, and what became of it.
type Mutant struct {
	Name    string   `json:"mutant"`
	Of      string   `json:"of"` // the ring, if empty
	Why     string   `json:"why"`
	Failed  []string `json:"failed"`  // cells that name it
	Unknown []string `json:"unknown"` // cells that could not tell
	// Explored and Interleaved are what exploring found, alone and with a peer in
	// between; nil if nothing.
	Explored    *Finding `json:"explored"`
	Interleaved *Finding `json:"interleaved"`
	Test        string   `json:"test"`   // that must fail for it; empty for a bug of the ring
	Missed      []string `json:"missed"` // those that must catch it and have not
}

// A Finding is what exploring has found of a planted bug.
type Finding struct {
	Op string
}

// Caught reports whether all that must catch the bug have caught it.
func (m Mutant) Caught() bool { return len(m.Missed) == 0 && len(m.By()) > 0 }

// By names what has caught the bug, but for cells.
func (m Mutant) By() (by []string) {
	if len(m.Failed) > 0 {
		by = append(by, "the matrix")
	}
	if m.Explored != nil {
		by = append(by, "exploring "+m.Explored.Op)
	}
	if m.Interleaved != nil {
		by = append(by, "a peer in between, "+m.Interleaved.Op)
	}
	if m.Test != "" && len(m.Missed) == 0 {
		by = append(by, m.Test)
	}
	return by
}
