package agent

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestHooksRunWhereTheyAreSet(t *testing.T) {
	h := NewHooks("one", "two")
	passed := ""
	h.Pass("one") // nothing is set yet
	if err := h.Set("one", func() {
		passed += "one "
		h.Pass("two") // no lock is held
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.Set("two", func() { passed += "two " }); err != nil {
		t.Fatal(err)
	}
	h.Pass("two")
	h.Pass("one")
	if passed != "two one two " {
		t.Errorf("passed %s", passed)
	}
	if !h.Instrumented() || !slices.Equal(h.Sites(), []string{"one", "two"}) {
		t.Errorf("instrumented %v, sites %v", h.Instrumented(), h.Sites())
	}
}

// TestHooksKnowTheirSites: a name that was misspelt, on either side, is found
// out.
func TestHooksKnowTheirSites(t *testing.T) {
	h := NewHooks("one")
	if err := h.Set("won", func() {}); err == nil || !strings.Contains(err.Error(), `"won"`) {
		t.Errorf("an unknown site is set: %v", err)
	}
	defer func() {
		if r := fmt.Sprint(recover()); !strings.Contains(r, `"won"`) {
			t.Errorf("an unknown site is passed: %v", r)
		}
	}()
	h.Pass("won")
}
