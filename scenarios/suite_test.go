package scenarios_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"killpoint/harness"
	"killpoint/internal/workdir"
	"killpoint/scenarios"
)

func TestScenarios(t *testing.T) {
	RegisterFailHandler(Fail)
	config, reporter := GinkgoConfiguration()
	config.FailOnEmpty = true // a filter that matches nothing proves nothing
	RunSpecs(t, "Crash matrix", config, reporter)
}

var (
	programs scenarios.Programs
	workDir  string // of this process; below out/
)

// The children are built once, by the first of the parallel processes. Folders
// are below out/: those of a run that was killed are removed by the next one.
var _ = SynchronizedBeforeSuite(func(ctx SpecContext) []byte {
	buildDir = outDir("build-")
	built, err := scenarios.BuildChildren(ctx, buildDir.Path)
	Expect(err).NotTo(HaveOccurred())
	paths, err := json.Marshal([]string{built.Plain.Path, built.Instrumented.Path})
	Expect(err).NotTo(HaveOccurred())
	return paths
}, func(paths []byte) {
	var p []string
	Expect(json.Unmarshal(paths, &p)).To(Succeed())
	programs = scenarios.Programs{
		Plain:        &harness.Program{Path: p[0]},
		Instrumented: &harness.Program{Path: p[1]},
	}
	held := outDir("work-")
	workDir = held.Path
	descriptorsBefore = descriptors()
	DeferCleanup(func() {
		left, err := os.ReadDir(workDir)
		Expect(err).NotTo(HaveOccurred())
		Expect(held.Remove()).To(Succeed())
		Expect(left).To(BeEmpty(), "files left in %s", workDir)
	})
})

var buildDir *workdir.Dir

var _ = SynchronizedAfterSuite(func() {
	Expect(harness.Live()).To(BeEmpty(), "children left behind")
	Expect(descriptors()).To(ConsistOf(descriptorsBefore), "descriptors left open")
}, func() {
	if buildDir != nil {
		Expect(buildDir.Remove()).To(Succeed())
	}
})

// outDir makes a folder of this run below out/ at the top of the module.
func outDir(prefix string) *workdir.Dir {
	top, err := filepath.Abs("../out")
	Expect(err).NotTo(HaveOccurred())
	Expect(os.MkdirAll(top, 0o755)).To(Succeed())
	dir, err := workdir.Make(top, prefix)
	Expect(err).NotTo(HaveOccurred())
	return dir
}

var descriptorsBefore []string

// descriptors lists what this process has open, but for what the Go runtime
// and the test runner open for themselves when they please.
func descriptors() []string {
	entries, err := os.ReadDir("/proc/self/fd")
	Expect(err).NotTo(HaveOccurred())
	var open []string
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || target == "anon_inode:[eventpoll]" || target == "anon_inode:[eventfd]" || strings.HasPrefix(target, "/proc/") {
			continue
		}
		// Ginkgo exchanges its own pipes between specs and closes them when it
		// pleases. A child that is left has a pidfd and a file for its output too.
		kind, _, _ := strings.Cut(target, ":[")
		if kind != "pipe" {
			open = append(open, kind)
		}
	}
	return open
}

// patience bounds what must happen; when it ends, the verdict is unknown, which
// fails the spec.
const patience = time.Minute

func run(ctx context.Context, c scenarios.Cell) scenarios.Result {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return scenarios.Run(ctx, c, programs, workDir)
}
