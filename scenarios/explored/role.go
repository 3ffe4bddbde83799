package explored

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The byte of the file whose lock is the role.
const (
	writerRole int64 = writeAt
	readerRole int64 = readAt
)

// givenUp waits until a role is free whose end was closed here. A process that
// is just being started from here has a copy of each descriptor until it runs a
// program of its own, and with it the role.
func givenUp(path string, role int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for began := time.Now(); ; time.Sleep(20 * time.Microsecond) {
		l := unix.Flock_t{Type: unix.F_WRLCK, Start: role, Len: 1}
		if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &l); err != nil {
			return fmt.Errorf("ask for the role: %w", err)
		}
		if l.Type == unix.F_UNLCK {
			return nil
		}
		if time.Since(began) > patience {
			return fmt.Errorf("the role at %d is held for %v after its end was closed", role, patience)
		}
	}
}
