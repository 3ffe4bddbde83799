package page

// A Mutant is a planted bug, and what became of it.
type Mutant struct {
	Name    string   `json:"mutant"`
	Why     string   `json:"why"`
	Failed  []string `json:"failed"`  // cells that name it
	Unknown []string `json:"unknown"` // cells that could not tell
}

// Caught tells whether some cell names the bug.
func (m Mutant) Caught() bool { return len(m.Failed) > 0 }
