package report_test

import (
	"testing"

	"killpoint/harness/report"
)

func TestWorseKeepsWhatSaysMost(t *testing.T) {
	one := func(verdict, detail string) report.Matrix {
		return report.Matrix{Seed: 1, Wall: 2, Cells: []report.Row{{ID: "a", Verdict: verdict, Detail: detail}}}
	}
	for _, row := range []struct{ first, second, want string }{
		{report.Pass, report.Pass, "second"},
		{report.Pass, report.Fail, "second"},
		{report.Fail, report.Pass, "first"},
		{report.Fail, report.Unknown, "first"},
		{report.Unknown, report.Fail, "second"},
		{report.Unknown, report.Pass, "first"},
		{report.Pass, "strange", "second"},
	} {
		m := one(row.first, "first").Worse(one(row.second, "second"))
		if got := m.Cells[0].Detail; got != row.want || m.Rounds != 2 || m.Wall != 4 {
			t.Errorf("of %s and %s: the %s one, want the %s one; %d rounds, %v ms", row.first, row.second, got, row.want, m.Rounds, m.Wall)
		}
	}
	if m := one(report.Pass, "").Worse(one(report.Pass, "")).Worse(one(report.Pass, "")); m.Rounds != 3 {
		t.Errorf("%d rounds, want 3", m.Rounds)
	}
}
