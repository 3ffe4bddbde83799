package scenarios_test

import (
	"os"
	"testing"

	"killpoint/harness"
)

// TestMain ends what these tests start when their runner is killed.
func TestMain(m *testing.M) {
	harness.EndWithParent()
	os.Exit(m.Run())
}
