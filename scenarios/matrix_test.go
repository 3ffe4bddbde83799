package scenarios_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gstruct"

	"killpoint/scenarios"
)

// One spec for every cell of the matrix, in the words of the catalogue. Pick them
// by label: a site, writer or reader, a mode, poll-on, poll-off or late, an outcome.
var _ = Describe("Crash matrix", func() {
	for _, group := range groups() {
		Describe(group[0].Title(), func() {
			for _, c := range group {
				It(c.Sentence()+" ["+c.ID+"]", Label(c.Labels()...), func(ctx SpecContext) {
					r := run(ctx, c)
					AddReportEntry("timeline", r.Evidence.Timeline.String(), ReportEntryVisibilityFailureOrVerbose)
					repeat := "repeat: make site SITE=" + c.ID
					switch {
					case r.Verdict == scenarios.Unknown:
						Fail("unknown, which is no pass: what had to be seen could not be seen\n" + strings.Join(r.Detail, "\n") + "\n" + repeat)
					case len(r.Facts) == 0:
						Fail("the cell ended early\n" + strings.Join(r.Detail, "\n") + "\n" + repeat)
					}
					Expect(r.Facts).To(gstruct.MatchAllKeys(expected(c.Want)), repeat)
					Expect(r.Verdict).To(Equal(scenarios.Pass), strings.Join(r.Detail, "\n"))
				})
			}
		})
	}
})

// groups are the cells with the same title, in their order.
func groups() (all [][]scenarios.Cell) {
	at := map[string]int{}
	for _, c := range scenarios.All() {
		i, known := at[c.Title()]
		if !known {
			i = len(all)
			at[c.Title()] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], c)
	}
	return all
}

// expected demands every fact, and no other.
func expected(want scenarios.Facts) gstruct.Keys {
	keys := gstruct.Keys{}
	for name, value := range want {
		keys[name] = Equal(value)
	}
	return keys
}
