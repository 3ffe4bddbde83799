package scenarios_test

import (
	"os"
	"strings"
	"testing"

	"killpoint/scenarios"
)

func TestDocumentationHasTheSitesAsTheyAre(t *testing.T) {
	text, err := os.ReadFile("../docs/cells.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begun := strings.Cut(string(text), "<!-- sites:begin -->\n")
	table, _, ended := strings.Cut(rest, "<!-- sites:end -->")
	if !begun || !ended {
		t.Fatal("docs/cells.md has lost the marks around its table of sites")
	}
	if table != scenarios.SiteTable() {
		t.Error("docs/cells.md has an old table of sites: make generate")
	}
}
