package bench

import "slices"

// A Spread is what several rounds found for one figure.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// spreadOf returns the spread of figures, of which there must be one at least.
// The median of an even number is the mean of the two in the middle.
func spreadOf(figures []float64) Spread {
	sorted := slices.Sorted(slices.Values(figures))
	n := len(sorted)
	return Spread{
		Median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Min:    sorted[0],
		Max:    sorted[n-1],
	}
}

// gibPerSecond is the rate of messages of a size that take ns each.
func gibPerSecond(size int, ns float64) float64 { return float64(size) / ns * 1e9 / (1 << 30) }
