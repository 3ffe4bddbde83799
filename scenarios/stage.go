package scenarios

import (
	"fmt"

	"killpoint/harness"
	"killpoint/ring"
)

// A stage is a scene in which a site can be reached: how the ring is prepared,
// what the victim does, who else is there. Sites of one operation share one.
type stage int

const (
	creating stage = iota + 1
	replacing
	attaching
	pushing
	brimming // a push that fills the whole ring
	wrapping // a push that gives up the rest of the lap
	spaceWaiting
	batching
	batchWrapping
	batchWaiting // a batch for which there is not room enough
	committing   // a reservation and its commit
	reserveWrapping
	reserveWaiting
	opening
	popping
	emptying // a pop that empties a full ring
	skipping // a pop behind a wrap marker
	dataWaiting
	peeking      // several messages, and their release
	peekingBatch // the same by one call
	peekingOver  // with a wrap marker among them
	peekSkipping // behind a wrap marker
	peekWaiting
)

// run plays the scene up to the end and tells what was seen.
func (s stage) run(l *cellRun, c Cell) Facts {
	switch s {
	case creating:
		return runCreate(l, c)
	case replacing:
		return runReplace(l, c)
	case attaching, opening:
		return runJoin(l, c)
	case pushing, brimming, wrapping, batching, batchWrapping, committing, reserveWrapping:
		return runPush(l, c)
	case popping, emptying, skipping, peeking, peekingBatch, peekingOver, peekSkipping:
		return runPop(l, c)
	case spaceWaiting, batchWaiting, reserveWaiting:
		return runSpaceWait(l, c)
	case dataWaiting, peekWaiting:
		return runDataWait(l, c)
	}
	panic(fmt.Sprintf("scenarios: no stage for %s", c.ID))
}

// want adds what must be seen of the stage to what must be seen of the site.
func (s stage) want(c Cell, f Facts) {
	switch s {
	case creating:
		wantCreate(c, f)
	case replacing:
		wantReplace(c, f)
	case attaching, opening:
		wantJoin(c, f)
	case pushing, brimming, wrapping, batching, batchWrapping, committing, reserveWrapping:
		wantPush(c, f)
	case popping, emptying, skipping, peeking, peekingBatch, peekingOver, peekSkipping:
		wantPop(c, f)
	case spaceWaiting, batchWaiting, reserveWaiting:
		wantSpaceWait(c, f)
	case dataWaiting, peekWaiting:
		wantDataWait(c, f)
	}
}

// variants are those in which the stage makes sense.
func (s stage) variants() []Variant {
	switch s {
	case creating, replacing, attaching, opening:
		return []Variant{""}
	}
	if s.victimSleeps() || s == brimming { // behind older messages there is no room
		return []Variant{PollOn, PollOff}
	}
	return []Variant{PollOn, PollOff, Late}
}

// victimSleeps reports whether the variant's polling is the victim's own.
func (s stage) victimSleeps() bool {
	switch s {
	case spaceWaiting, batchWaiting, reserveWaiting, dataWaiting, peekWaiting:
		return true
	}
	return false
}

// operation is that of the stage, or the site's own.
func (s stage) operation(own string) string {
	switch s {
	case replacing:
		return "replace"
	case batching, batchWrapping, batchWaiting:
		return "batch"
	case committing, reserveWrapping, reserveWaiting:
		return "reserve"
	case peeking, peekingBatch, peekingOver, peekSkipping, peekWaiting:
		return "peek"
	}
	return own
}

// scene is the geometry of what a writer sends: where its first record begins,
// and how long the messages are.
type scene struct {
	capacity int
	slot     int   // index at which the first record begins
	sizes    []int // bytes of the victim's messages
	n        int   // bytes of N, the successor's
}

var (
	plainScene = scene{capacity: 256, slot: 128, sizes: []int{40}, n: 24}
	brimScene  = scene{capacity: 256, slot: 256, sizes: []int{252}, n: 24}
	// 64 bytes are left in the lap: M does not fit, nor does N.
	wrapScene  = scene{capacity: 512, slot: 448, sizes: []int{100}, n: 100}
	batchScene = scene{capacity: 512, slot: 128, sizes: []int{40, 1, 24, 60}, n: 24}
	// Two fit into the lap, with 48 bytes to spare, and the third one does not.
	batchWrapScene = scene{capacity: 512, slot: 384, sizes: []int{40, 24, 60, 1}, n: 24}
	// 64 bytes are free behind these: the fourth message finds no room.
	batchFullScene = scene{capacity: 256, slot: 192, sizes: []int{28, 27, 60, 59}, n: 24}
	fullScene      = scene{capacity: 256, slot: 320, sizes: []int{60}, n: 24}
)

func (s stage) scene() scene {
	switch s {
	case wrapping, reserveWrapping:
		return wrapScene
	case brimming:
		return brimScene
	case batching:
		return batchScene
	case batchWrapping:
		return batchWrapScene
	case batchWaiting:
		return batchFullScene
	case spaceWaiting, reserveWaiting:
		return fullScene
	}
	return plainScene
}

// names are those of the victim's messages.
func (s scene) names() []string {
	if len(s.sizes) == 1 {
		return []string{"M"}
	}
	var names []string
	for i := range s.sizes {
		names = append(names, fmt.Sprintf("M%d", i+1))
	}
	return names
}

// delivered are the names of those that are delivered in the end.
func (s scene) delivered(message string, part int) []string {
	return s.names()[:map[string]int{Lost: 0, Partly: part, Delivered: len(s.sizes)}[message]]
}

// end is the write index once so many of the messages are published.
func (s scene) end(messages int) uint64 {
	at := s.slot
	for _, size := range s.sizes[:messages] {
		if at%s.capacity+ring.RecordSize(size) > s.capacity {
			at += s.capacity - at%s.capacity
		}
		at += ring.RecordSize(size)
	}
	return uint64(at)
}

// spans are the bytes of the file that the records up to that index take, from
// an index in the same lap as the first one on.
func (s scene) spans(from int, end uint64) []span {
	lap := (s.slot/s.capacity + 1) * s.capacity
	data := func(from, to int) span {
		return span{ring.HeaderSize + from%s.capacity, ring.HeaderSize + from%s.capacity + to - from}
	}
	if int(end) <= lap {
		return []span{data(from, int(end))}
	}
	return []span{data(from, lap), data(lap, int(end))}
}

// send has a writer send messages in the stage's way, and returns the last call.
func (s stage) send(writer *harness.Child, msgs [][]byte) *harness.Pending {
	switch s {
	case batching, batchWrapping, batchWaiting:
		return writer.Go("push-batch", batchArgs{Msgs: msgs})
	case committing, reserveWrapping, reserveWaiting:
		writer.Go("reserve", pushArgs{Msg: msgs[0]})
		return writer.Go("commit", commitArgs{N: len(msgs[0])})
	}
	return writer.Go("push", pushArgs{Msg: msgs[0]})
}

// sent waits for the end of what send began: all has been sent.
func (l *cellRun) sent(s stage, p *harness.Pending) {
	switch s {
	case batching, batchWrapping, batchWaiting:
		var n int
		l.wait(p, &n)
		if want := len(s.scene().sizes); n != want {
			l.fail("the batch says that it has published %d messages, not %d", n, want)
		}
	default:
		l.wait(p, nil)
	}
}

// write makes the messages of a scene known.
func (l *cellRun) write(s scene) [][]byte {
	var msgs [][]byte
	for i, name := range s.names() {
		msgs = append(msgs, l.messages.add(name, s.sizes[i]))
	}
	return msgs
}

// sentFate is what became of the messages of a scene.
func (l *cellRun) sentFate(s scene) string {
	n := 0
	for _, name := range s.names() {
		n += min(l.count(name), 1)
	}
	switch n {
	case 0:
		return Lost
	case len(s.sizes):
		return Delivered
	}
	return Partly
}
