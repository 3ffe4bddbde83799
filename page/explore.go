package page

import "encoding/json"

// Explore is what explore.json says, as far as it is understood.
type Explore struct {
	Operations []Operation     `json:"operations"`
	Recovery   json.RawMessage `json:"recovery"`
}

// Operation is one operation, explored in one build.
type Operation struct {
	Op         string  `json:"op"`
	Build      string  `json:"build"`
	States     int     `json:"states"`
	Canonical  int     `json:"canonical"`
	Kills      int     `json:"kills"`
	Time       float64 `json:"ms"`
	Unnamed    []any   `json:"unnamed"`
	Violations []any   `json:"violations"`
}
