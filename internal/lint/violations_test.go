package lint_test

import (
	"strings"
	"testing"
)

// TestRulesSeeViolations breaks every rule, and keeps it narrowly.
func TestRulesSeeViolations(t *testing.T) {
	imports := func(name string, imported ...string) []pkg {
		return []pkg{{ImportPath: module + "/" + name, Imports: imported}}
	}
	tests := func(name string, imported ...string) []pkg {
		return []pkg{{ImportPath: module + "/" + name, TestImports: imported}, {ImportPath: module + "/" + name, XTestImports: imported}}
	}
	for _, row := range []struct {
		name  string
		wrong []string
		want  string // in each of them; empty if there must be none
		n     int
	}{
		{"ring imports the harness", importsRunOneWay(imports("ring", "os", "killpoint/harness")), "ring imports harness", 1},
		{"ring imports what is not ours", importsRunOneWay(imports("ring", "os", "golang.org/x/sys/unix")), "", 0},
		{"control imports the harness", importsRunOneWay(imports("harness/control", "killpoint/harness")), "control imports harness", 1},
		{"report imports control", importsRunOneWay(imports("harness/report", "killpoint/harness/control")), "report imports harness/control", 1},
		{"agent imports control", importsRunOneWay(imports("harness/agent", "killpoint/harness/control")), "", 0},
		{"agent imports the harness", importsRunOneWay(imports("harness/agent", "killpoint/harness")), "agent imports harness", 1},
		{"harness imports agent", importsRunOneWay(imports("harness", "killpoint/harness/control", "killpoint/harness/agent")), "harness imports harness/agent", 1},
		{"harness imports the ring", importsRunOneWay(imports("harness", "killpoint/ring")), "harness imports ring", 2},
		{"tests of the harness import agent", importsRunOneWay(tests("harness", "killpoint/harness/agent")), "", 0},
		{"tests of the harness import the ring", importsRunOneWay(tests("harness", "killpoint/ring")), "harness imports ring", 2},
		{"victim of the harness imports the ring", importsRunOneWay(imports("harness/internal/saver", "killpoint/ring")), "saver imports ring", 1},
		{"new package of the harness imports scenarios", importsRunOneWay(imports("harness/new", "killpoint/scenarios")), "imports scenarios", 2},
		{"example imports the ring", importsRunOneWay(imports("examples/log", "killpoint/ring")), "somebody else's", 1},
		{"tests of an example import the harness", importsRunOneWay(tests("examples/log", "killpoint/harness", "killpoint/examples/log")), "", 0},
		{"program of an example imports the harness", importsRunOneWay(imports("examples/wal", "killpoint/harness")), "examples/wal imports harness", 1},
		{"child imports scenarios", importsRunOneWay(imports("cmd/child", "killpoint/scenarios")), "child imports scenarios", 1},
		{"tests of the ring import scenarios", importsRunOneWay(tests("ring", "killpoint/scenarios")), "ring imports scenarios", 2},
		{"killpoint imports scenarios", importsRunOneWay(imports("cmd/killpoint", "killpoint/scenarios")), "", 0},
		{"specs import scenarios", importsRunOneWay(tests("scenarios", "killpoint/scenarios", "killpoint/harness")), "", 0},
		{"somebody imports a command", importsRunOneWay(imports("scenarios", "killpoint/cmd/child")), "a command", 1},

		{"scenarios imports gomega", specsStayInScenarios(imports("scenarios", "github.com/onsi/gomega")), "no test", 1},
		{"report imports ginkgo", specsStayInScenarios(imports("harness/report", "github.com/onsi/ginkgo/v2")), "no test", 1},
		{"report imports the reporters", specsStayInScenarios(imports("harness/report", "github.com/onsi/ginkgo/v2/reporters")), "", 0},
		{"harness imports the reporters", specsStayInScenarios(imports("harness", "github.com/onsi/ginkgo/v2/reporters")), "no test", 1},
		{"tests of the ring import gomega", specsStayInScenarios(tests("ring", "github.com/onsi/gomega")), "tests of ring", 2},
		{"specs import both", specsStayInScenarios(tests("scenarios", "github.com/onsi/gomega", "github.com/onsi/ginkgo/v2")), "", 0},

		{"production brings failpoint", productionIsLean([]string{"os", "github.com/pingcap/failpoint"}), "pingcap/failpoint", 1},
		{"production brings net/http", productionIsLean([]string{"net/http"}), "net/http", 1},
		{"production brings the harness", productionIsLean([]string{"killpoint/harness/control"}), "harness/control", 1},
		{"production brings what it may", productionIsLean([]string{"os", "internal/abi", "vendor/golang.org/x/net/idna", "golang.org/x/sys/unix", "killpoint/ring"}), "", 0},

		{"unsafe in a file that hides it", unsafeIsNamed([]source{{Path: "unsafe/ring.go", Imports: []string{"unsafe"}}}), "unsafe/ring.go", 1},
		{"unsafe in a test that hides it", unsafeIsNamed([]source{{Path: "ring/ring_test.go", Imports: []string{"unsafe"}}}), "ring_test.go", 1},
		{"unsafe in a file that says so", unsafeIsNamed([]source{{Path: "ring/mem_unsafe.go", Imports: []string{"unsafe"}}}), "", 0},

		{"stash", nothingIsRewritten([]string{"ring/mark_on.go", "ring/mark_on.go__failpoint_stash__"}), "mark_on.go__", 1},
		{"binding", nothingIsRewritten([]string{"ring/binding__failpoint_binding__.go"}), "failpoint-disable", 1},
		{"child that a run has built", nothingIsBuilt([]string{"cmd/killpoint/out/bin/child"}), "out/bin/child", 1},
		{"source with out in its name", nothingIsBuilt([]string{"scenarios/notes/outcome.go"}), "", 0},
		{"tests that start the harness's children", testsEndWithTheirRunner([]source{{Path: "cmd/x/x_test.go", Imports: []string{"killpoint/harness"}}}), "tests of cmd/x", 1},
		{"tests that start programs", testsEndWithTheirRunner([]source{{Path: "bench/x_test.go", Imports: []string{"os/exec"}}}), "tests of bench", 1},
		{"tests that end with their runner", testsEndWithTheirRunner([]source{{Path: "bench/x_test.go", Imports: []string{"os/exec"}}, {Path: "bench/main_test.go", Ends: true}}), "", 0},
		{"a program that starts programs", testsEndWithTheirRunner([]source{{Path: "bench/x.go", Imports: []string{"os/exec"}}}), "", 0},
		{"tree as it is", nothingIsRewritten([]string{"cmd/killpoint/failpoint.go"}), "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			if len(row.wrong) != row.n {
				t.Errorf("%d violations, want %d: %q", len(row.wrong), row.n, row.wrong)
			}
			for _, w := range row.wrong {
				if !strings.Contains(w, row.want) {
					t.Errorf("%q does not say %q", w, row.want)
				}
			}
		})
	}
}
