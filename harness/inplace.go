package harness

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pingcap/failpoint/code"
)

// EnableInPlace makes the failpoint markers below a directory live in the tree
// itself, for those who want to see or debug the rewritten code. Doing it twice
// is doing it once: the tree is restored first, with what was edited since, so
// that the second rewriting never takes rewritten code for the original. A tree
// without a marker, or with one that the rewriter passes over, is an error, and
// is left as it was.
func EnableInPlace(dir string) error {
	if err := DisableInPlace(dir); err != nil {
		return err
	}
	err := code.NewRewriter(dir).Rewrite()
	if err == nil {
		err = allLive(dir)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("rewrite %s: %w", dir, err), DisableInPlace(dir))
	}
	return nil
}

// allLive is an error if there is no live marker below a directory, or one that
// the rewriter has passed over.
func allLive(dir string) error {
	live, err := Rewritten(dir)
	if err == nil && len(live) == 0 {
		err = errors.New("there is no failpoint marker below it")
	}
	if err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return deadMarkers(path, text)
	})
}

// DisableInPlace undoes EnableInPlace and keeps edits made in between. If an
// edit cannot be carried over, it is an error and both versions stay.
func DisableInPlace(dir string) error {
	edited, err := stashed(dir)
	if err != nil {
		return fmt.Errorf("restore %s: %w", dir, err)
	}
	if err := code.NewRestorer(dir).Restore(); err != nil {
		return fmt.Errorf("restore %s: %w\nNothing is lost: an edited file stands beside its original, which ends in %s; merge them by hand and remove the latter",
			dir, err, stashSuffix)
	}
	for _, f := range edited {
		if err := f.check(); err != nil {
			return fmt.Errorf("restore %s: %w", dir, err)
		}
	}
	left, err := Rewritten(dir)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("restore %s: still there: %v", dir, left)
	}
	return err
}

// Rewritten lists the files below a directory that show that it is rewritten.
func Rewritten(dir string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (strings.HasSuffix(path, stashSuffix) || d.Name() == bindingFile) {
			found = append(found, path)
		}
		return err
	})
	return found, err
}

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
