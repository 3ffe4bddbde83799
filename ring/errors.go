package ring

import "errors"

// Errors of the package, for errors.Is. Creating and opening also return
// fs.ErrExist, fs.ErrNotExist and errors of the file system; operations that
// wait also return the error of their context.
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
	// ErrBusy: a live process, or another end in this one, holds this role.
	ErrBusy = errors.New("ring end is held by a live owner")
	// ErrPeerDead: the stall time-out has passed, and nobody holds the other
	// end: its owner died, closed it, or never came.
	ErrPeerDead = errors.New("other end has no live owner")
	// ErrPeerStalled: the stall time-out has passed, and the owner of the
	// other end lives without having moved on.
	ErrPeerStalled = errors.New("other end lives but does not move on")
	// ErrReplaced: the file at the path is not, or no longer, the one that this
	// end has mapped: nobody who opens the path now will meet this end.
	ErrReplaced = errors.New("ring file was replaced or removed")
	// ErrTruncated: the file became shorter than the ring in it.
	ErrTruncated = errors.New("ring file was cut short")
	// ErrUnreachable: a page of the file cannot be read or written, though the
	// file has its size: it has a hole, as a sparse copy does, for which its full
	// file system has no room; or the disk fails. It comes wherever ErrTruncated
	// may.
	ErrUnreachable = errors.New("page of the ring file cannot be reached")
	// ErrOrder: the call does not fit what is under way: a reservation without
	// its Commit or Abort, or peeked messages without their Release or Rewind.
	ErrOrder = errors.New("call out of order")
)
