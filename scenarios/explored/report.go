package explored

import (
	"encoding/json"
	"io"
)

// A Report is all that was explored; it is what explore.json holds. Recovery
// and Interleavings are null where they were not run: they are about all
// operations, on the ring as it ships.
type Report struct {
	Operations    []Result       `json:"operations"`
	Recovery      *Recovery      `json:"recovery"`
	Interleavings *Interleavings `json:"interleavings"`
	// Uncalled are lines of the catalogue of equivalents that nothing needs.
	Uncalled []string `json:"uncalled,omitempty"`
	Total    Millis   `json:"ms"`
}

// WriteJSON writes the report.
func (r Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}

// Sound tells whether nothing is to be complained about.
func (r Report) Sound() bool {
	for _, o := range r.Operations {
		if !o.Sound() {
			return false
		}
	}
	return len(r.Uncalled) == 0 &&
		(r.Recovery == nil || len(r.Recovery.Violations) == 0) &&
		(r.Interleavings == nil || len(r.Interleavings.Violations) == 0)
}
