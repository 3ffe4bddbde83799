package harness

import (
	"errors"
	"fmt"
	"os"
)

// SaveFolder has write fill a folder, which appears with all that is in it, or
// not at all: what was there stays until then, also where the disk is full.
func SaveFolder(folder string, write func(dir string) error) error {
	part, old := folder+".part", folder+".old"
	err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o755))
	if err == nil {
		err = write(part)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", folder, errors.Join(err, os.RemoveAll(part)))
	}
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if err := os.Rename(folder, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(part, folder); err != nil {
		return err
	}
	return os.RemoveAll(old)
}
