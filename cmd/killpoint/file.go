package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// writeFile makes what is written the content of a file of results, all of it or
// nothing: it is written beside the file, synced and renamed, so that a full
// disk, a signal or a crash leaves the good file of before. What is no regular
// file, such as /dev/stdout, is written as it is, and a link to a file stays one.
func writeFile(path string, write func(io.Writer) error) error {
	return roomier(replaceFile(path, write), filepath.Dir(path))
}

func replaceFile(path string, write func(io.Writer) error) (err error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, os.ErrNotExist) {
		target = path // what a link points to, and is not there, becomes a file here
	} else if err != nil {
		return err
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		return writeInPlace(path, write)
	}
	removeHalves(target)
	half := fmt.Sprintf("%s%d", halfName(target), os.Getpid())
	f, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(half)
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(half, target)
}

func writeInPlace(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// halfName is how the name of a file begins that is on its way to be this one; the
// process that writes it follows.
func halfName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".half-")
}

// removeHalves removes what dead processes have left beside a file.
func removeHalves(path string) {
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		pid, found := strings.CutPrefix(e.Name(), filepath.Base(halfName(path)))
		if n, err := strconv.Atoi(pid); found && err == nil && n > 0 && unix.Kill(n, 0) == unix.ESRCH {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}
