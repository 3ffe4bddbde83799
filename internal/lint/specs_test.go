package lint_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlainTestsBesideTheSpecsBuildNothing: ginkgo -p runs them in each of its
// processes, and --dry-run runs them too. Without the go tool none can build.
func TestPlainTestsBesideTheSpecsBuildNothing(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "scenarios.test")
	goTool(t, "test", "-c", "-o", binary, "./scenarios")
	cmd := exec.Command(binary, "-ginkgo.dry-run", "-test.v")
	cmd.Dir = filepath.Join(top, "scenarios")
	cmd.Env = []string{"PATH=" + t.TempDir(), "HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("a dry run without the go tool: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "--- PASS: TestScenarios") {
		t.Errorf("the specs were not listed:\n%s", out)
	}
}
