package ring

import "golang.org/x/sys/unix"

// Commands of fcntl for locks of an open file description.
const (
	ofdSetLock = unix.F_OFD_SETLK
	ofdGetLock = unix.F_OFD_GETLK
)
