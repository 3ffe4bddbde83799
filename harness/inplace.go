package harness

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/pingcap/failpoint/code"
)

// EnableInPlace makes the failpoint markers below a directory live in the tree
// itself, for those who want to see or debug the rewritten code. Doing it twice
// is doing it once: the tree is restored first, with what was edited since, so
// that the second rewriting never takes rewritten code for the original.
func EnableInPlace(dir string) error {
	if err := DisableInPlace(dir); err != nil {
		return err
	}
	if err := code.NewRewriter(dir).Rewrite(); err != nil {
		return fmt.Errorf("rewrite %s: %w", dir, err)
	}
	return nil
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
