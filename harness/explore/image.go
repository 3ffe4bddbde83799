package explore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
)

// An Image is what the watched files hold at one moment, in the order of
// Config.Files: nil is a file that does not exist, which an empty one does.
// Images are shared between states and must not be changed.
type Image [][]byte

// Equal tells whether two images are the same.
func (m Image) Equal(o Image) bool {
	return slices.EqualFunc(m, o, func(a, b []byte) bool {
		return (a == nil) == (b == nil) && bytes.Equal(a, b)
	})
}

// Clone returns a copy that may be changed.
func (m Image) Clone() Image {
	c := make(Image, len(m))
	for i, b := range m {
		c[i] = bytes.Clone(b) // nil stays nil
	}
	return c
}

// Hash returns the image's hash.
func (m Image) Hash() Hash {
	h := sha256.New()
	var size [8]byte
	for _, b := range m {
		n := int64(len(b))
		if b == nil {
			n = -1
		}
		binary.LittleEndian.PutUint64(size[:], uint64(n))
		h.Write(size[:])
		h.Write(b)
	}
	return Hash(h.Sum(nil)[:len(Hash{})])
}

// A Hash stands for an image. It is the same in every run and on every machine.
type Hash [12]byte

// String is the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }
