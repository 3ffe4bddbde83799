package explore

import (
	"fmt"
	"path/filepath"
	"syscall"
)

// A Syscall is a system call that others than the victim could notice.
type Syscall struct {
	Number uint64
	Name   string
	Args   [6]uint64
	Path   string // of a call that names a file
	// Offset is where the first argument that points into a shared mapping of a
	// file points to, in that file, or -1.
	Offset int64
	// Result is the kernel's answer, a negative one an error number; of a Leave
	// only.
	Result int64

	done bool
}

// String leaves out addresses and folders: they may differ between runs that do the same.
func (c *Syscall) String() string {
	args := ""
	if c.Path != "" {
		args = fmt.Sprintf("%q", filepath.Base(c.Path))
	}
	if c.Offset >= 0 {
		args = fmt.Sprintf("+%d", c.Offset)
	}
	text := fmt.Sprintf("%s(%s)", c.Name, args)
	switch {
	case !c.done:
		return text
	case c.Result < 0:
		return text + " = " + syscall.Errno(-c.Result).Error()
	case c.Name == "mmap" || c.Name == "mremap":
		return text + " = an address"
	}
	return fmt.Sprintf("%s = %d", text, c.Result)
}
