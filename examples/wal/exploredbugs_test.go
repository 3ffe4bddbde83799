//go:build linux && amd64

package wal_test

import "testing"

// TestExploringCatchesBugs wherever they are, and whether there is a site or not.
func TestExploringCatchesBugs(t *testing.T) {
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			if wrong := explored(t, b.build()); len(wrong) == 0 {
				t.Error("nothing is wrong")
			} else {
				t.Log(wrong[0])
			}
		})
	}
}
