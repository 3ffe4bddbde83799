package report

import (
	"encoding/xml"
	"io"

	"github.com/onsi/ginkgo/v2/reporters"
)

// WriteJUnit writes the matrix as a JUnit suite, in the form that Ginkgo
// writes its own. A cell that is unknown is an error, not a pass.
func (m Matrix) WriteJUnit(w io.Writer) error {
	_, fail, unknown := m.Counts()
	suite := reporters.JUnitTestSuite{
		Name:     "crash matrix",
		Tests:    len(m.Cells),
		Failures: fail,
		Errors:   unknown,
		Time:     m.Wall / 1000,
		Properties: reporters.JUnitProperties{Properties: []reporters.JUnitProperty{
			{Name: "go", Value: m.Go},
			{Name: "kernel", Value: m.Kernel},
		}},
	}
	for _, r := range m.Cells {
		c := reporters.JUnitTestCase{Name: r.ID, Classname: "killpoint", Status: r.Verdict, Time: r.Duration / 1000}
		switch r.Verdict {
		case Pass:
		case Fail:
			c.Failure = &reporters.JUnitFailure{Type: r.Verdict, Message: r.Detail, Description: r.Detail}
		default:
			c.Error = &reporters.JUnitError{Type: r.Verdict, Message: r.Detail, Description: r.Detail}
		}
		suite.TestCases = append(suite.TestCases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	return enc.Encode(reporters.JUnitTestSuites{
		Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Time: suite.Time,
		TestSuites: []reporters.JUnitTestSuite{suite},
	})
}
