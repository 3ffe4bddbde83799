package wal_test

import (
	"path/filepath"
	"slices"
	"testing"

	"killpoint/examples/wal"
	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/harness/harnesstest"
)

// cells say what is documented for each site: the records after a death there,
// in the second of two appends, and one append by a successor.
var cells = map[string][]string{
	"before-length": {"old", "next"},
	"before-body":   {"old", "next"},
	"before-end":    {"old", "next"},
	"after-end":     {"old", "new", "next"},
}

func TestCells(t *testing.T) { play(t, harness.Build{Package: "./victim"}) }

// play runs every cell, in every way to die.
func play(t *testing.T, build harness.Build) {
	program := harnesstest.Build(t, build)
	for _, site := range wal.Sites {
		for _, action := range []control.Action{control.Park, control.SelfKill, control.Panic} {
			t.Run(site+"/"+string(action), func(t *testing.T) {
				t.Parallel()
				if got, err := die(t, program, site, action); err != nil || !slices.Equal(got, cells[site]) {
					t.Errorf("the log is %q, %v; must be %q", got, err, cells[site])
				}
			})
		}
	}
}

// die kills a victim at a site, has a successor go on, and returns the records
// that there are then.
func die(t *testing.T, program *harness.Program, site string, action control.Action) (records []string, err error) {
	env := []string{"WAL=" + filepath.Join(t.TempDir(), "log")}
	arm := control.Arm{Site: site, Hit: 2, Action: action}
	victim := harnesstest.Start(t, program, harness.Config{Name: "victim", Role: "log", Env: env, Arms: []control.Arm{arm}})
	victim.Go("append", "old")
	victim.Go("append", "new")
	harnesstest.Die(t, victim, arm)
	successor := harnesstest.Start(t, program, harness.Config{Name: "successor", Role: "log", Env: env})
	successor.Go("append", "next")
	err = successor.Call(t.Context(), "records", nil, &records)
	return records, err
}
