package bench

// most and fewest slots of a channel that carries messages one way.
const (
	mostSlots   = 1024
	fewestSlots = 16
)

// pool hands out slots of a message's size in turn. Of a channel with room for
// n messages, sender and receiver hold one slot more each, so n+2 suffice: a
// send that is done means that the message n places before has been taken, and
// the one before that copied out.
type pool struct {
	slots [][]byte
	next  int
}

func newPool(room, size int) *pool {
	p := &pool{slots: make([][]byte, room+2)}
	area := make([]byte, len(p.slots)*size)
	for i := range area {
		area[i] = 1 // so that the pages are there
	}
	for i := range p.slots {
		p.slots[i] = area[i*size : (i+1)*size]
	}
	return p
}

// filled returns the next slot with a copy of msg in it.
func (p *pool) filled(msg []byte) []byte {
	slot := p.slots[p.next]
	if p.next++; p.next == len(p.slots) {
		p.next = 0
	}
	copy(slot, msg)
	return slot
}

func channelPass(e *endpoint) (work, error) {
	room := min(max(capacity/e.Size, fewestSlots), mostSlots)
	messages, slots := make(chan []byte, room), newPool(room, e.Size)
	msg, buf := make([]byte, e.Size), make([]byte, e.Size)
	skip := e.Skip
	receive := func(from, to uint64) error {
		for id := from; id < to; id++ {
			copy(buf, <-messages)
			if !bears(buf, len(buf), id) {
				return wrongMessage(buf, len(buf), id)
			}
		}
		return nil
	}
	return func(from, to uint64) error {
		go sending(from, to, skip, func(from, to uint64) error {
			for id := from; id < to; id++ {
				stamp(msg, id)
				messages <- slots.filled(msg)
			}
			return nil
		})
		return receive(from, to)
	}, nil
}

func channelPing(e *endpoint) (work, error) {
	asked, answered := make(chan []byte, 1), make(chan []byte, 1)
	questions, answers := newPool(1, e.Size), newPool(1, e.Size)
	go func() {
		buf := make([]byte, e.Size)
		for question := range asked {
			copy(buf, question)
			answered <- answers.filled(buf)
		}
	}()
	msg, buf := make([]byte, e.Size), make([]byte, e.Size)
	return e.histogram.roundTrips(func(id uint64) error {
		stamp(msg, id)
		asked <- questions.filled(msg)
		copy(buf, <-answered)
		if !bears(buf, len(buf), id) {
			return wrongMessage(buf, len(buf), id)
		}
		return nil
	}), nil
}
