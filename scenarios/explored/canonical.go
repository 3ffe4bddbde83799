package explored

import (
	"killpoint/harness/explore"
	"killpoint/ring"
)

// Canonical takes out of a ring's image what makes no difference to anybody who
// comes after a death: the event words, and what stands in free room behind a
// header that does not say READY. Nobody reads that before it is stored again.
// An image that is no ring stays as it is.
func Canonical(m explore.Image) explore.Image {
	c := m.Clone()
	for _, file := range c {
		if s := ring.Decode(file); s.Problem == nil {
			mask(file, s)
		}
	}
	return c
}

func mask(file []byte, s ring.Snapshot) {
	clear(file[ring.DataAvailOffset:][:word])
	clear(file[ring.SpaceAvailOffset:][:word])
	data := file[ring.HeaderSize:]
	free := s.Capacity - (s.Write - s.Read)
	for at := s.Write % s.Capacity; free > 0; at %= s.Capacity {
		rec := ring.DecodeRecord(data[at:])
		size := uint64(ring.RecordSize(int(rec.Length)))
		if !rec.Ready || size > min(free, s.Capacity-at) {
			clearBehind(data, at, free)
			break
		}
		at, free = at+size, free-size
	}
}

const word = 4 // bytes of a header, and of an event

// clearBehind clears free room that begins with a header, which stays.
func clearBehind(data []byte, at, free uint64) {
	for i := uint64(word); i < free; i++ {
		data[(at+i)%uint64(len(data))] = 0
	}
}
