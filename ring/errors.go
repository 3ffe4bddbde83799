package ring

import "errors"

// Errors of the package, for errors.Is. Creating and opening also return
// fs.ErrExist and fs.ErrNotExist; Push and Pop also return the error of their
// context.
var (
	// ErrLayout: the file is not a complete ring of this version.
	ErrLayout = errors.New("not a usable ring file")
	// ErrCorrupt: indices or a record that no sequence of pushes and pops, cut
	// short anywhere, can have left. The ring is left as it is.
	ErrCorrupt = errors.New("ring is corrupt")
	// ErrFull: there is no room for the message now.
	ErrFull = errors.New("ring is full")
	// ErrEmpty: there is no message now.
	ErrEmpty = errors.New("ring is empty")
	// ErrTooLarge: the message can never fit; see MaxMessage.
	ErrTooLarge = errors.New("message is larger than the ring can carry")
	// ErrClosed: this end was closed.
	ErrClosed = errors.New("ring end is closed")
)
