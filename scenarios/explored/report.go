package explored

import (
	"encoding/json"
	"io"
)

// NotRun stands for a part of the report that was not asked for.
const NotRun = "not run"

// A Report is all that was explored; it is what explore.json holds.
type Report struct {
	Operations    []Result `json:"operations"`
	Recovery      any      `json:"recovery"`
	Interleavings any      `json:"interleavings"`
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
	return len(r.Uncalled) == 0
}
