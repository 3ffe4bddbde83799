package wal_test

import (
	"regexp"
	"strings"
	"testing"
)

const guide = "../../docs/your-own-program.md"

// TestGuideQuotesTheExample: each piece of code in the guide stands, as it is
// there, in the file that is named above it.
func TestGuideQuotesTheExample(t *testing.T) {
	text := read(t, guide)
	quotes := regexp.MustCompile("(?s)\\(\\.\\./examples/wal/([^)]+)\\):\n\n```go\n(.*?)```").FindAllStringSubmatch(text, -1)
	if n := strings.Count(text, "```go"); n != len(quotes) || n == 0 {
		t.Errorf("%d pieces of code, %d with a file above them", n, len(quotes))
	}
	for _, q := range quotes {
		if n := strings.Count(read(t, q[1]), q[2]); n != 1 {
			t.Errorf("%s has this %d times:\n%s", q[1], n, q[2])
		}
	}
}
