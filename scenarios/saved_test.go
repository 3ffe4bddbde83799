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

// TestEvidenceHasBounds: a folder of evidence is input, however large.
func TestEvidenceHasBounds(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, SavedFile)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxSavedFile+1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a file of %d bytes: %v", maxSavedFile+1, err)
	}
	var many []string
	for i := range maxMessages + 1 {
		many = append(many, fmt.Sprintf(`{"name": "m%d", "size": 8}`, i))
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, `{"cell": "x", "messages": [%s]}`, strings.Join(many, ",")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "messages: at most") {
		t.Errorf("%d messages: %v", maxMessages+1, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder: %v", err)
	}
}

// FuzzLoadEvidence: whatever a folder of evidence holds, it is read or refused,
// and what is read can be judged and shown.
func FuzzLoadEvidence(f *testing.F) {
	folder := f.TempDir()
	c := All()[0]
	r := Result{Cell: c, Verdict: Pass, Facts: c.Want, Evidence: Evidence{Before: make([]byte, 300), AtDeath: make([]byte, 300)}}
	if err := r.Save(folder, "again"); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, SavedFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, make([]byte, 300), make([]byte, 300))
	f.Add([]byte(`{"cell": "writer-after-write-store/kill/poll-off", "facts": {"site": ""}}`), []byte{}, []byte("ring"))
	f.Add([]byte(`{"messages": [{"name": "M", "size": 8}], "images": {"before.image": -1}}`), []byte{}, []byte{})
	f.Add(fmt.Appendf(nil, `{"cell": %q, "verdict": "pass"}`, c.ID), []byte{}, []byte{})
	f.Add([]byte(`{"messages": [{"name": "M", "size": -1}]}`), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, text, before, atDeath []byte) {
		folder := t.TempDir()
		for name, content := range map[string][]byte{SavedFile: text, BeforeImage: before, DeathImage: atDeath} {
			if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, e, err := Load(folder)
		if err != nil {
			return
		}
		judged := s.Judge()
		if judged.Verdict == Pass && len(s.Facts) == 0 {
			t.Errorf("a pass without facts: %+v", judged)
		}
		judged.Evidence = e
		judged.Row()
	})
}
