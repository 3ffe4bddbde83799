package scenarios

import (
	"fmt"

	"killpoint/harness"
	"killpoint/ring"
	"killpoint/scenarios/ops"
)

// An operation is what a victim does when it dies: how the ring is before, what
// is called, who else is there, and what must be seen of it whatever the site.
// Each is one value; a row of the expectations takes it to a named site. Adding
// one is adding a row here.
type operation struct {
	label string // picks its cells; empty is the word of the site
	play  play
	// again says that a late victim does it once before, so that not only first
	// hits are ever tested.
	again bool
	// joins and replaces say that the operation stores nothing in a ring, and that
	// it makes another file.
	joins, replaces bool
	// A writer's: what it sends, and by which calls.
	scene scene
	send  sending
	// A reader's: how many of the older messages it takes, and by which call.
	takes taking
	// older are the messages that are in the ring before; of a reader's operation
	// all that it can hold.
	older scene
}

// A play is how operations of a kind are played to a death and beyond.
type play struct {
	run      func(*cellRun, Cell) Facts
	want     func(Cell, Facts) // adds what must be seen of the operation to what must be seen of the site
	variants []Variant         // in which it makes sense
	sleeps   bool              // the victim sleeps: the variant's polling is its own
}

// The variants in which plays make sense.
var (
	nobodySleeps = []Variant{""}
	sleeperOnly  = []Variant{PollOn, PollOff}
	sleeperOrNot = []Variant{PollOn, PollOff, Late}
)

// The plays. Behind the older messages of a late peer there is no room for a
// message that fills the ring.
var (
	playCreate    = play{run: runCreate, want: wantCreate, variants: nobodySleeps}
	playReplace   = play{run: runReplace, want: wantReplace, variants: nobodySleeps}
	playJoin      = play{run: runJoin, want: wantJoin, variants: nobodySleeps}
	playPush      = play{run: runPush, want: wantPush, variants: sleeperOrNot}
	playPushAll   = play{run: runPush, want: wantPush, variants: sleeperOnly}
	playPop       = play{run: runPop, want: wantPop, variants: sleeperOrNot}
	playSpaceWait = play{run: runSpaceWait, want: wantSpaceWait, variants: sleeperOnly, sleeps: true}
	playDataWait  = play{run: runDataWait, want: wantDataWait, variants: sleeperOnly, sleeps: true}
)

// The operations.
var (
	creating  = operation{play: playCreate}
	replacing = operation{play: playReplace, label: "replace", replaces: true}
	attaching = operation{play: playJoin, joins: true}
	opening   = operation{play: playJoin, joins: true}

	pushing         = operation{play: playPush, scene: plainScene, send: byPush, again: true}
	brimming        = operation{play: playPushAll, scene: brimScene, send: byPush}
	wrapping        = operation{play: playPush, scene: wrapScene, send: byPush}
	batching        = operation{play: playPush, scene: batchScene, send: byBatch, label: "batch"}
	batchWrapping   = operation{play: playPush, scene: batchWrapScene, send: byBatch, label: "batch"}
	committing      = operation{play: playPush, scene: plainScene, send: byReserve, label: "reserve"}
	reserveWrapping = operation{play: playPush, scene: wrapScene, send: byReserve, label: "reserve"}

	spaceWaiting   = operation{play: playSpaceWait, scene: fullScene, send: byPush, older: fullRing}
	batchWaiting   = operation{play: playSpaceWait, scene: batchFullScene, send: byBatch, older: roomForThree, label: "batch"}
	reserveWaiting = operation{play: playSpaceWait, scene: fullScene, send: byReserve, older: fullRing, label: "reserve"}

	popping      = operation{play: playPop, older: fullRing, takes: taking{"pop", 1, false}}
	emptying     = operation{play: playPop, older: oneMessage, takes: taking{"pop", 1, false}}
	skipping     = operation{play: playPop, older: behindMarker, takes: taking{"pop", 1, false}}
	peeking      = operation{play: playPop, older: fullRing, takes: taking{"peek", 3, false}, label: "peek"}
	peekingBatch = operation{play: playPop, older: fullRing, takes: taking{"peek", 3, true}, label: "peek"}
	peekingOver  = operation{play: playPop, older: aroundMarker, takes: taking{"peek", 2, false}, label: "peek"}
	peekSkipping = operation{play: playPop, older: behindMarker, takes: taking{"peek", 1, false}, label: "peek"}

	dataWaiting = operation{play: playDataWait, takes: taking{"pop", 1, false}}
	peekWaiting = operation{play: playDataWait, takes: taking{"peek", 1, false}, label: "peek"}
)

// word is that of the operation, or the site's own.
func (o operation) word(own string) string {
	if o.label != "" {
		return o.label
	}
	return own
}

// all is how many messages are there before, and from and to are the read indices
// before and after those that are taken.
func (o operation) all() int     { return len(o.older.sizes) }
func (o operation) from() uint64 { return uint64(o.older.slot) }
func (o operation) to() uint64   { return o.older.end(o.takes.count) }

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

// Rings that hold older messages, o1 and so on. In each there is room for P once
// those that a victim takes have gone, or the marker before them.
var (
	fullRing     = scene{capacity: 256, slot: 64, sizes: []int{60, 0, 52, 60, 60}}
	behindMarker = scene{capacity: 256, slot: 192, sizes: []int{100, 84}}
	aroundMarker = scene{capacity: 256, slot: 128, sizes: []int{60, 84, 20}} // the marker is behind o1
	oneMessage   = scene{capacity: 256, slot: 256, sizes: []int{252}}
	roomForThree = scene{capacity: 256, slot: 64, sizes: []int{60, 60}} // of a batch's four
)

// olderNames are those of so many older messages.
func olderNames(n int) []string { return []string{"o1", "o2", "o3", "o4", "o5"}[:n] }

// fill makes a ring that holds the older messages of a scene.
func (l *cellRun) fill(s scene) {
	var bodies [][]byte
	for i, name := range olderNames(len(s.sizes)) {
		bodies = append(bodies, l.messages.add(name, s.sizes[i]))
	}
	l.prepare(s.capacity, s.slot, bodies...)
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

// A sending is a way to send.
type sending struct {
	begin func(writer *harness.Child, msgs [][]byte) *harness.Pending // its last call
	many  bool                                                        // the call says how many it has published
}

var (
	byPush = sending{begin: func(writer *harness.Child, msgs [][]byte) *harness.Pending {
		return writer.Go("push", ops.Push{Msg: msgs[0]})
	}}
	byBatch = sending{many: true, begin: func(writer *harness.Child, msgs [][]byte) *harness.Pending {
		return writer.Go("push-batch", ops.Batch{Msgs: msgs})
	}}
	byReserve = sending{begin: func(writer *harness.Child, msgs [][]byte) *harness.Pending {
		writer.Go("reserve", ops.Push{Msg: msgs[0]})
		return writer.Go("commit", ops.Commit{N: len(msgs[0])})
	}}
)

// A taking is a way to take messages.
type taking struct {
	call  string // "pop", or "peek" with one release in the end
	count int    // of messages
	batch bool   // all by one call
}

// begin has a reader take the messages, and returns the calls that give it
// messages, and the last one.
func (t taking) begin(reader *harness.Child) (calls []*harness.Pending, last *harness.Pending) {
	count := t.count
	if t.batch {
		reader.Go("peek-batch", ops.PeekBatch{Max: count})
		count = 0
	}
	for range count {
		last = reader.Go(t.call, ops.Pop{})
		calls = append(calls, last)
	}
	if t.call == "peek" {
		last = reader.Go("release", ops.Release{Look: true})
	}
	return calls, last
}

// sent waits for the end of what an operation's sending has begun: all has been sent.
func (l *cellRun) sent(o operation, p *harness.Pending) {
	if !o.send.many {
		l.wait(p, nil)
		return
	}
	var n int
	l.wait(p, &n)
	if want := len(o.scene.sizes); n != want {
		l.fail("the batch says that it has published %d messages, not %d", n, want)
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
