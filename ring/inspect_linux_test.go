package ring_test

import (
	"testing"

	"killpoint/ring"
)

// A file may be endless whatever its length is said to be. This one would take
// more memory than there is.
func TestInspectReadsNoMoreThanTheFileHas(t *testing.T) {
	s, err := ring.Inspect("/proc/self/pagemap")
	if err != nil {
		t.Fatal(err)
	}
	expectError(t, s.Problem, ring.ErrLayout)
}
