package lint_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

// TestLinksLeadSomewhere: every relative link of the documentation, and every
// file of the sources that it names from the top of the module.
func TestLinksLeadSomewhere(t *testing.T) {
	named := regexp.MustCompile("`((?:ring|harness|scenarios|cmd|bench|page|internal|examples|docs|ci)/[a-zA-Z0-9_/.-]+\\.(?:go|md|sh))`")
	seen := 0
	walk(t, func(path string) error {
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(top, path))
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(top, filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", path, m[1])
			}
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			seen++
			if _, err := os.Stat(filepath.Join(top, m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", path, m[1])
			}
		}
		return nil
	})
	if seen < 20 {
		t.Errorf("only %d links were found", seen)
	}
}
