package bench

import (
	"encoding/binary"
	"fmt"
)

// minSize is the room that an id takes.
const minSize = 8

// stamp writes a message's id into its first and last 8 bytes.
func stamp(msg []byte, id uint64) {
	binary.LittleEndian.PutUint64(msg, id)
	binary.LittleEndian.PutUint64(msg[len(msg)-minSize:], id)
}

// bears tells whether msg is the whole message with that id.
func bears(msg []byte, size int, id uint64) bool {
	return len(msg) == size &&
		binary.LittleEndian.Uint64(msg) == id &&
		binary.LittleEndian.Uint64(msg[size-minSize:]) == id
}

// wrongMessage says what came in place of the message with that id.
func wrongMessage(msg []byte, size int, id uint64) error {
	if len(msg) != size {
		return fmt.Errorf("message %d came with %d bytes, not %d", id, len(msg), size)
	}
	return fmt.Errorf("in place of message %d came one with id %d in its first and %d in its last bytes",
		id, binary.LittleEndian.Uint64(msg), binary.LittleEndian.Uint64(msg[size-minSize:]))
}
