package report_test

import (
	"bytes"
	"encoding/xml"
	"reflect"
	"strings"
	"testing"

	"killpoint/harness/report"
)

// junit is the part of the format that is read everywhere.
type junit struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Time     float64  `xml:"time,attr"`
	Suites   []struct {
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	} `xml:"testsuite"`
}

type junitCase struct {
	Name    string   `xml:"name,attr"`
	Time    float64  `xml:"time,attr"`
	Failure *problem `xml:"failure"`
	Error   *problem `xml:"error"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func readJUnit(t *testing.T, m report.Matrix) (j junit) {
	t.Helper()
	var text bytes.Buffer
	if err := m.WriteJUnit(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "<?xml") {
		t.Errorf("no XML header: %.40q", text.String())
	}
	if err := xml.Unmarshal(text.Bytes(), &j); err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	return j
}

// TestJUnitIsReadBack: a failed cell is a failure, an unknown one an error, and
// neither is lost in what a reader sums up.
func TestJUnitIsReadBack(t *testing.T) {
	j := readJUnit(t, sample())
	if j.Tests != 3 || j.Failures != 1 || j.Errors != 1 || j.Time != 1.5 || len(j.Suites) != 1 {
		t.Fatalf("%+v, want 3 tests, 1 failure, 1 error, 1.5 s in one suite", j)
	}
	s := j.Suites[0]
	if s.Tests != 3 || s.Failures != 1 || s.Errors != 1 || s.Skipped != 0 {
		t.Errorf("suite has %d tests, %d failures, %d errors, %d skipped, want 3, 1, 1, 0", s.Tests, s.Failures, s.Errors, s.Skipped)
	}
	failed, unknown := sample().Cells[1].Detail, sample().Cells[2].Detail
	want := []junitCase{
		{Name: "after-write/kill/poll-on", Time: 0.0125},
		{Name: "after-write/kill/late", Time: 0.008, Failure: &problem{failed, failed}},
		{Name: "layout/short-file", Error: &problem{unknown, unknown}},
	}
	if !reflect.DeepEqual(s.Cases, want) {
		t.Errorf("cases %+v, want %+v", s.Cases, want)
	}
}

// TestJUnitTakesAnyText: details quote what was found in a damaged file.
func TestJUnitTakesAnyText(t *testing.T) {
	for name, detail := range map[string]string{
		"markup":           `</failure><testcase name="x"/> & "quotes"`,
		"end of CDATA":     "]]>",
		"control bytes":    "before\x00\x01\x1bafter",
		"what is no UTF-8": "before\xff\xfeafter",
	} {
		t.Run(name, func(t *testing.T) {
			j := readJUnit(t, report.Matrix{Cells: []report.Row{{ID: "cell", Verdict: report.Fail, Detail: detail}}})
			if len(j.Suites) != 1 || len(j.Suites[0].Cases) != 1 || j.Suites[0].Cases[0].Failure == nil {
				t.Fatalf("%+v, want one failed case", j)
			}
			if got := j.Suites[0].Cases[0].Failure.Text; name == "markup" && got != detail {
				t.Errorf("text %q, want %q", got, detail)
			}
		})
	}
}
