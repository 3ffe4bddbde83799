package explore

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// mapping is a shared, writable mapping of some file in the victim. Which file
// does not matter: one that is not watched now may be renamed to one that is.
type mapping struct {
	start, end, offset uint64
}

// mappingOf returns the mapping that an address lies in.
func (t *tracer) mappingOf(address uint64) (mapping, bool) {
	for _, m := range t.mappings {
		if address >= m.start && address < m.end {
			return m, true
		}
	}
	return mapping{}, false
}

// findMappings brings the list up to date. Those that the tracer has made
// closed are known by their place.
func (t *tracer) findMappings() error {
	f, err := os.Open(fmt.Sprintf("/proc/%d/maps", t.pid))
	if err != nil {
		return err
	}
	defer f.Close()
	var found []mapping
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var m mapping
		var perms, dev string
		var inode uint64
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s %x %s %d", &m.start, &m.end, &perms, &m.offset, &dev, &inode); err != nil {
			return fmt.Errorf("mapping %q: %w", lines.Text(), err)
		}
		if len(perms) != 4 || perms[3] != 's' || inode == 0 {
			continue
		}
		if _, ours := t.mappingOf(m.start); strings.HasPrefix(perms, "rw") || ours && t.protected {
			found = append(found, m)
		}
	}
	t.mappings = found
	return lines.Err()
}

// protect closes all mappings to what the engine waits for, or opens them, by
// having a stopped thread ask for it.
func (t *tracer) protect(tid int, closed bool) error {
	prot := uint64(unix.PROT_READ | unix.PROT_WRITE)
	if closed {
		prot = t.closed()
	}
	for _, m := range t.mappings {
		if err := t.mprotect(tid, m, prot); err != nil {
			return err
		}
	}
	t.protected = closed
	return nil
}

// closed is what a protected mapping allows.
func (t *tracer) closed() uint64 {
	if t.cfg.Engine == Accesses {
		return unix.PROT_NONE
	}
	return unix.PROT_READ
}

func (t *tracer) mprotect(tid int, m mapping, prot uint64) error {
	result, err := t.inject(tid, unix.SYS_MPROTECT, m.start, m.end-m.start, prot)
	if err == nil && result != 0 {
		err = fmt.Errorf("mprotect in the victim: %w", unix.Errno(-result))
	}
	return err
}
