package harness

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"

	"github.com/pingcap/failpoint/code"
)

// stash is a rewritten file, as it was edited, and its original.
type stash struct {
	path             string
	edited, original []byte
}

func stashed(dir string) ([]stash, error) {
	left, err := Rewritten(dir)
	if err != nil {
		return nil, err
	}
	var found []stash
	for _, original := range left {
		path, ok := strings.CutSuffix(original, stashSuffix)
		if !ok {
			continue
		}
		s := stash{path: path}
		if s.edited, err = os.ReadFile(path); err != nil {
			return nil, err
		}
		if s.original, err = os.ReadFile(original); err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, nil
}

// check makes sure that what was restored says what the edited file said: the
// restorer matches text fuzzily, and an edit of a marker may come out garbled.
// If so, both versions are put back.
func (s stash) check() error {
	restored, err := os.ReadFile(s.path)
	if err != nil {
		return err
	}
	want, errEdited := rewriteText(s.path, s.edited)
	got, errRestored := rewriteText(s.path, restored)
	if errEdited == nil && errRestored == nil && bytes.Equal(got, want) {
		return nil
	}
	err = errors.Join(errEdited, os.WriteFile(s.path, s.edited, 0o644), os.WriteFile(s.path+stashSuffix, s.original, 0o644))
	return errors.Join(fmt.Errorf("%s: what was edited since cannot be carried over; its original is %s", s.path, s.path+stashSuffix), err)
}

// rewriteText is a file's text with every marker live, formatted.
func rewriteText(path string, text []byte) ([]byte, error) {
	dir, err := os.MkdirTemp("", "killpoint-restore-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, filepath.Base(path))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	r := code.NewRewriter(dir)
	r.SetAllowNotChecked(true)
	r.SetOutput(&out)
	if err := r.RewriteFile(file); err != nil {
		return nil, err
	}
	if r.GetRewritten() {
		return out.Bytes(), nil
	}
	return format.Source(text)
}
