package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"killpoint/harness/report"
)

// fact is one that was seen as expected.
func fact(name, value string) report.Fact { return report.Fact{Name: name, Seen: &value, Want: &value} }

// proven is a cell that passed, with a fact that says so.
func proven(id string) report.Row {
	return report.Row{ID: id, Verdict: report.Pass, Evidence: &report.Evidence{Facts: []report.Fact{fact("message", "lost")}}}
}

// TestAPassIsProvenByItsFacts: what says pass in a file and has nothing to show
// for it is unknown.
func TestAPassIsProvenByItsFacts(t *testing.T) {
	other := "delivered"
	for name, row := range map[string]struct {
		change func(*report.Row)
		want   string
	}{
		"as it was":        {func(*report.Row) {}, report.Pass},
		"no evidence":      {func(r *report.Row) { r.Evidence = nil }, report.Unknown},
		"no facts":         {func(r *report.Row) { r.Evidence.Facts = nil }, report.Unknown},
		"an empty list":    {func(r *report.Row) { r.Evidence.Facts = []report.Fact{} }, report.Unknown},
		"not seen":         {func(r *report.Row) { r.Evidence.Facts[0].Seen = nil }, report.Unknown},
		"not expected":     {func(r *report.Row) { r.Evidence.Facts[0].Want = nil }, report.Unknown},
		"another was seen": {func(r *report.Row) { r.Evidence.Facts[0].Seen = &other }, report.Unknown},
		"one wrong of two": {func(r *report.Row) {
			r.Evidence.Facts = append(r.Evidence.Facts, report.Fact{Name: "exit", Seen: &other})
		}, report.Unknown},
		"a fail is no pass": {func(r *report.Row) { r.Verdict, r.Evidence = report.Fail, nil }, report.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			r := proven("cell")
			row.change(&r)
			var text bytes.Buffer
			if err := (report.Matrix{Cells: []report.Row{r}}).WriteJSON(&text); err != nil {
				t.Fatal(err)
			}
			m, err := report.Decode(text.Bytes())
			if err != nil || len(m.Cells) != 1 || m.Cells[0].Verdict != row.want || m.Passed() != (row.want == report.Pass) {
				t.Errorf("%+v, %v, want verdict %s", m.Cells, err, row.want)
			}
			if row.want == report.Unknown && !strings.Contains(m.Cells[0].Detail, "it says pass") {
				t.Errorf("it does not say why: %q", m.Cells[0].Detail)
			}
		})
	}
}

// TestAVerdictThatIsNoneIsRefused, and so are sums that are not those of the
// cells.
func TestAVerdictThatIsNoneIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"format":2,"cells":[{"id":"x","verdict":"passed"}]}`:                                                   `"passed"`,
		`{"format":2,"cells":[{"id":"x","verdict":"Pass"}]}`:                                                     `"Pass"`,
		`{"format":1,"cells":[{"id":"x"}]}`:                                                                      `cell x: verdict ""`,
		`{"format":2,"sums":{"cells":2,"pass":0,"fail":2,"unknown":0},"cells":[{"id":"x","verdict":"fail"}]}`:    "changed or damaged",
		`{"format":2,"sums":{"cells":1,"pass":0,"fail":1,"unknown":0},"cells":[{"id":"x","verdict":"unknown"}]}`: "changed or damaged",
		`{"format":2,"sums":{"cells":0,"pass":0,"fail":0,"unknown":0},"cells":[{"id":"x","verdict":"pass"}]}`:    "changed or damaged",
	} {
		if _, err := report.Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %s", text, err, want)
		}
	}
}

// TestAShardThatIsNoneIsRefused: what is missing beside it is listed, one by one.
func TestAShardThatIsNoneIsRefused(t *testing.T) {
	for shard, ok := range map[string]bool{"": true, "1/1": true, "2/3": true, "100000/100000": true,
		"0/3": false, "4/3": false, "1": false, "x/y": false, "-1/3": false, "1/2000000000": false, "1/2/3": false, "1/99999999999999999999": false} {
		_, err := report.Decode(fmt.Appendf(nil, `{"format":2,"shard":%q,"cells":[]}`, shard))
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), shard) {
			t.Errorf("%q: %v", shard, err)
		}
	}
}

// TestOnlyAFileOfResultsIsRead: no folder, no device, nothing without an end.
func TestOnlyAFileOfResultsIsRead(t *testing.T) {
	huge := filepath.Join(t.TempDir(), "huge.json")
	f, err := os.Create(huge)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(report.MaxFile + 1); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{t.TempDir(): "no regular file", "/dev/zero": "no regular file", huge: "too many"} {
		if _, err := report.Read(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
}

// FuzzDecode: any text is a matrix that can be written in every form, or an
// error.
func FuzzDecode(f *testing.F) {
	var text bytes.Buffer
	if err := sample().WriteJSON(&text); err != nil {
		f.Fatal(err)
	}
	f.Add(text.Bytes())
	for _, s := range []string{"", "null", "[]", `{"cells":[null]}`, `{"format":-1,"cells":[{"verdict":"pass","evidence":{"facts":[["x",null]]}}]}`,
		`{"format":2,"cells":[{"verdict":"fail","evidence":{"timeline":[[1,"","began",""],null],"images":[null]}}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := report.Decode(text)
		if err != nil {
			return
		}
		for _, r := range m.Cells {
			if r.Verdict == report.Pass && (r.Evidence == nil || len(r.Evidence.Facts) == 0) {
				t.Fatalf("a pass without facts: %+v", r)
			}
		}
		var out bytes.Buffer
		for _, write := range []func() error{
			func() error { return m.WriteTable(&out) }, func() error { return m.WriteJUnit(&out) }, func() error { out.Reset(); return m.WriteJSON(&out) },
		} {
			if err := write(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := report.Decode(out.Bytes()); err != nil && m.Format <= report.Format {
			t.Fatalf("not read back: %v", err)
		}
	})
}

// TestACourseIsBounded, and still leads from the begin to the end.
func TestACourseIsBounded(t *testing.T) {
	var soak report.Soak
	for n := 1; n <= 10_000; n++ {
		soak.AddPoint(report.SoakPoint{Seconds: float64(n), Kills: n})
	}
	if n := len(soak.Course); n < 50 || n > 240 {
		t.Errorf("%d points", n)
	}
	if first, last := soak.Course[0], soak.Course[len(soak.Course)-1]; first.Kills != 1 || last.Kills != 10_000 {
		t.Errorf("it leads from %+v to %+v", first, last)
	}
	if !slices.IsSortedFunc(soak.Course, func(a, b report.SoakPoint) int { return a.Kills - b.Kills }) {
		t.Errorf("it goes back: %+v", soak.Course)
	}
}
