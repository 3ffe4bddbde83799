package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDamagedEvidenceIsRefused(t *testing.T) {
	var many []string
	for i := range 65 {
		many = append(many, fmt.Sprintf(`{"name": "m%d", "size": 1048576}`, i))
	}
	for what, messages := range map[string]string{
		"same body":     `[{"name": "a", "size": 8}, {"name": "a", "size": 8}]`,
		"size -1":       `[{"name": "a", "size": -1}]`,
		"size 99999999": `[{"name": "a", "size": 99999999}]`,
		"in all":        "[" + strings.Join(many, ",") + "]",
	} {
		folder := t.TempDir()
		text := fmt.Sprintf(`{"cell": "x", "messages": %s}`, messages)
		if err := os.WriteFile(filepath.Join(folder, SavedFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Load(folder); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestCutImageIsRefused(t *testing.T) {
	folder := t.TempDir()
	r := Result{Evidence: Evidence{AtDeath: make([]byte, 300)}}
	if err := r.Save(folder, "again"); err != nil {
		t.Fatal(err)
	}
	if _, e, err := Load(folder); err != nil || len(e.AtDeath) != 300 {
		t.Fatalf("whole evidence: %d bytes, %v", len(e.AtDeath), err)
	}
	if err := os.Truncate(filepath.Join(folder, DeathImage), 100); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "100 bytes, and 300") {
		t.Errorf("a cut image: %v", err)
	}
	if err := os.Remove(filepath.Join(folder, DeathImage)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(folder); err == nil {
		t.Error("a missing image is accepted")
	}
}
