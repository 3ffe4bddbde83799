package scenarios_test

import (
	"context"
	"os"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"killpoint/ring"
	"killpoint/scenarios"
)

// Whoever opens what a killed victim has left, sees what the cell says, whether
// they were there before or not.
var _ = Describe("What a killed victim has left", Label("replay"), func() {
	for _, c := range scenarios.All() {
		if c.Mode != scenarios.Kill || c.Site == "" {
			continue
		}
		It("is the same to fresh peers: "+c.ID, func(ctx SpecContext) {
			r := run(ctx, c)
			Expect(r.Verdict).To(Equal(scenarios.Pass), strings.Join(r.Detail, "\n"))
			Expect(r.Evidence.AtDeath).NotTo(BeNil(), "there is no image at death")
			folder, err := os.MkdirTemp(workDir, "replay-")
			Expect(err).NotTo(HaveOccurred())
			defer os.RemoveAll(folder)
			limited, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			again := scenarios.Replay(limited, c, r.Evidence, programs, folder)
			Expect(again.Verdict).To(Equal(scenarios.Pass), strings.Join(again.Detail, "\n"))
			if toldOfAnother(c) {
				return
			}
			dead := ring.Decode(r.Evidence.AtDeath)
			Expect(scenarios.ConsistentSites(dead)).To(ContainElement(c.Site), "sites of the image at death")
			if told := scenarios.ToldSites(dead); len(told) > 0 && c.Role == ring.WriterSide {
				Expect(told).To(ContainElement(c.Site), "the site that the image at death tells")
			}
		})
	}
})

// toldOfAnother is true of cells whose image at death tells another site: two
// deaths, and a ring that is replaced.
func toldOfAnother(c scenarios.Cell) bool {
	return slices.ContainsFunc(c.Labels(), func(label string) bool {
		return label == "pair" || label == "recreate" || label == "replace"
	})
}
