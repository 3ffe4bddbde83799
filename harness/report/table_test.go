package report_test

import (
	"bytes"
	"testing"

	"killpoint/harness/report"
)

const wantTable = `SITE                     MODE  POLL  OUTCOME  VERDICT  TIME
after-write              kill  on    lost     pass     12.5 ms
after-write (late peer)  kill  -     lost     fail     8.0 ms
layout/short-file        -     -     -        unknown  0.0 ms

after-write/kill/late: fail
	read: must be 8, is 0
	write: must be <16>, is 8

layout/short-file: unknown
	deadline of the harness passed
`

func TestTable(t *testing.T) {
	var got bytes.Buffer
	if err := sample().WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != wantTable {
		t.Errorf("got\n%s\nwant\n%s", got.String(), wantTable)
	}
}

func TestSummary(t *testing.T) {
	if got, want := sample().Summary(), "3 cells: 1 pass, 1 fail, 1 unknown, 1.50 s, shard 2/3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (report.Matrix{}).Summary(), "0 cells: 0 pass, 0 fail, 0 unknown, 0.00 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
