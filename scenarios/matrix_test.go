package scenarios_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"killpoint/scenarios"
)

// One spec for every cell of the matrix. Pick them by label: a site, writer or
// reader, a mode, poll-on, poll-off or late, an outcome.
var _ = Describe("Crash matrix", func() {
	for _, c := range scenarios.All() {
		It(c.ID, Label(c.Labels()...), func(ctx SpecContext) {
			r := run(ctx, c)
			AddReportEntry("timeline", r.Evidence.Timeline.String(), ReportEntryVisibilityFailureOrVerbose)
			Expect(r.Verdict).To(Equal(scenarios.Pass), "%s\n%s\nrepeat: make site SITE=%s", r.Verdict, strings.Join(r.Detail, "\n"), c.ID)
		})
	}
})
