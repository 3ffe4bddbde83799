package wal_test

import (
	"slices"
	"strings"
	"testing"

	"killpoint/examples/wal"
	"killpoint/harness"
	"killpoint/harness/control"
	"killpoint/harness/harnesstest"
)

// TestCellsWithFailpoints runs the cells with the other kind of marks.
func TestCellsWithFailpoints(t *testing.T) {
	play(t, harness.Build{Package: "./victim", Instrument: []string{"."}, Tags: []string{"failpoint"}})
}

// A bug is a wrong order of stores, and the sites whose cells catch it.
type bug struct {
	name  string
	edits []harness.Edit
	sites string
}

var bugs = []bug{
	{"end before the record", []harness.Edit{edit(end, ""), edit(length, end+length)}, "before-body before-end"},
	{"end before the body", []harness.Edit{edit(end, ""), edit("\tcopy(", end+"\tcopy(")}, "before-end"},
	{"end before the last byte", []harness.Edit{edit("\tcopy(slot[prefix:], record)\n", ""),
		edit(end, "\tlast := len(record) - 1\n\tcopy(slot[prefix:], record[:last])\n"+end+"\tslot[prefix+last] = record[last]\n")}, ""},
	{"no end", []harness.Edit{edit(end, "")}, "before-length before-body before-end after-end"},
}

const (
	length = "\tbinary.LittleEndian.PutUint32(slot, uint32(len(record)))\n"
	end    = "\tbinary.LittleEndian.PutUint64(l, uint64(l.end()-header+prefix+len(record)))\n"
)

func edit(old, new string) harness.Edit {
	return harness.Edit{Package: ".", File: "wal.go", Old: old, New: new}
}

// build makes a victim with the bug.
func (b bug) build() harness.Build { return harness.Build{Package: "./victim", Edits: b.edits} }

// TestCellsCatchBugs plants one at a time. One is between two sites, where no
// cell looks.
func TestCellsCatchBugs(t *testing.T) {
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			program := harnesstest.Build(t, b.build())
			var caught []string
			for _, site := range wal.Sites {
				if got, err := die(t, program, site, control.Park); err != nil || !slices.Equal(got, cells[site]) {
					t.Logf("%s: the log is %q, %v", site, got, err)
					caught = append(caught, site)
				}
			}
			if got := strings.Join(caught, " "); got != b.sites {
				t.Errorf("caught by %q, must be caught by %q", got, b.sites)
			}
		})
	}
}
