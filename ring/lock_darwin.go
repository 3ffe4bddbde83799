package ring

// Commands of fcntl for locks of an open file description: XNU's bsd/sys/fcntl.h
// has them since 3247, package unix does not name them.
const (
	ofdSetLock = 90
	ofdGetLock = 92
)
