package report_test

import (
	"testing"

	"killpoint/harness/report"
)

func TestVerdictsAreCounted(t *testing.T) {
	rows := func(verdicts ...string) (m report.Matrix) {
		for _, v := range verdicts {
			m.Cells = append(m.Cells, report.Row{Verdict: v})
		}
		return m
	}
	for _, row := range []struct {
		name                string
		matrix              report.Matrix
		pass, fail, unknown int
		passed              bool
	}{
		{"nothing", rows(), 0, 0, 0, false},
		{"all passed", rows("pass", "pass"), 2, 0, 0, true},
		{"one failed", rows("pass", "fail"), 1, 1, 0, false},
		{"one unknown", rows("pass", "unknown"), 1, 0, 1, false},
		{"a verdict unheard of", rows("pass", "passed"), 1, 0, 1, false},
		{"another spelling", rows("Pass"), 0, 0, 1, false},
		{"no verdict", rows(""), 0, 0, 1, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if pass, fail, unknown := row.matrix.Counts(); pass != row.pass || fail != row.fail || unknown != row.unknown {
				t.Errorf("%d pass, %d fail, %d unknown, want %d, %d, %d", pass, fail, unknown, row.pass, row.fail, row.unknown)
			}
			if row.matrix.Passed() != row.passed {
				t.Errorf("passed %v, want %v", row.matrix.Passed(), row.passed)
			}
		})
	}
}
