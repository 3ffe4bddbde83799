//go:build linux && amd64

package scenarios_test

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"killpoint/harness/explore"
	"killpoint/scenarios/explored"
)

// besidePeers are the operations whose victims die beside live peers each time;
// make explore does so for all of them.
var besidePeers = []string{"push", "push-to-the-brim", "push-wrap", "pop-the-only", "pop-wrap", "replace"}

// One spec for every operation of the ring: every state that a crash can leave,
// on the ring as it ships and on the instrumented one.
var _ = Describe("Exploring", Label("explore"), func() {
	for _, o := range explored.Operations() {
		It("finds every state that a crash of "+o.Name+" can leave: each is named, sound, and left by a real death", Label(o.Name), func(ctx SpecContext) {
			plain := explored.Build{Name: explored.Plain, Program: programs.Plain}
			marked := explored.Build{Name: explored.Instrumented, Program: programs.Instrumented}
			names, err := explored.Name(ctx, o, marked, workDir)
			Expect(err).NotTo(HaveOccurred())
			r, err := explored.Search{
				Build: plain, Dir: workDir, Names: names, Engines: true, Repeat: 1, Kill: true,
				Live: slices.Contains(besidePeers, o.Name),
			}.Find(ctx, o)
			Expect(err).NotTo(HaveOccurred())
			Expect(r.Violations).To(BeEmpty())
			Expect(r.Unnamed).To(BeEmpty(), "there is neither a site there nor a line among the equivalents in scenarios/explored")

			i, err := explored.Search{Build: marked, Dir: workDir, Names: names}.Find(ctx, o)
			Expect(err).NotTo(HaveOccurred())
			Expect(i.Violations).To(BeEmpty())
			Expect(i.Unnamed).To(BeEmpty())
			Expect(canonicalStates(i.Trace)).To(ContainElements(canonicalStates(r.Trace)), "states of the ring as it ships are missing in the instrumented one")
		})
	}

	It("needs every line of the catalogue of equivalents", func(ctx SpecContext) {
		var results []explored.Result
		passing, err := explored.Select("create", "replace", "push", "push-into-full", "reserve-commit", "close-writer", "pop-from-empty")
		Expect(err).NotTo(HaveOccurred())
		for _, o := range passing {
			names, err := explored.Name(ctx, o, explored.Build{Name: explored.Instrumented, Program: programs.Instrumented}, workDir)
			Expect(err).NotTo(HaveOccurred())
			r, err := explored.Search{
				Build: explored.Build{Name: explored.Plain, Program: programs.Plain}, Dir: workDir, Names: names,
			}.Find(ctx, o)
			Expect(err).NotTo(HaveOccurred())
			results = append(results, r)
		}
		Expect(explored.Uncalled(results)).To(BeEmpty())
	})
})

func canonicalStates(tr *explore.Trace) (list []explore.Hash) {
	for _, s := range tr.States {
		list = append(list, s.Canonical)
	}
	return list
}
