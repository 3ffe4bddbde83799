package scenarios

import (
	"encoding/binary"
	"fmt"
	"os"

	"killpoint/harness/control"
	"killpoint/ring"
)

// A poke changes words of the ring while an end has it mapped: the peer has gone
// mad, or means harm.
type poke struct {
	name string
	at   int64
	wide bool // 8 bytes, else 4
	to   uint64
}

const (
	ready = 1 << 31
	wrap  = 1 << 30
)

// The reader has consumed all up to 112, and o3 is published from there to 136.
var pokesAtReader = []poke{
	{"write-backwards", offWrite, true, 104},
	{"write-behind-read", offWrite, true, 80},
	{"write-far-ahead", offWrite, true, 112 + 256 + 8},
	{"write-unaligned", offWrite, true, 117},
	{"write-beyond-all", offWrite, true, 1<<64 - 8},
}

// The reader stands at o1, and both are published.
var pokesAtRecord = []poke{
	{"length-beyond-published", ring.HeaderSize + 64, false, ready | 60},
	{"length-beyond-lap", ring.HeaderSize + 64, false, ready | 200},
	{"length-enormous", ring.HeaderSize + 64, false, ready | 1<<30 - 1},
	{"record-not-ready", ring.HeaderSize + 64, false, 20},
	{"marker-too-short", ring.HeaderSize + 64, false, ready | wrap | 20},
	{"marker-beyond-published", ring.HeaderSize + 64, false, ready | wrap | 188},
}

// The ring is full, from 64 to 320.
var pokesAtWriter = []poke{
	{"read-backwards", offRead, true, 56},
	{"read-to-nothing", offRead, true, 0},
	{"read-beyond-write", offRead, true, 328},
	{"read-unaligned", offRead, true, 129},
	{"read-beyond-all", offRead, true, 1<<64 - 8},
}

// set pokes, and returns what was there.
func (l *lab) set(p poke) (was poke) {
	f, err := os.OpenFile(l.ring, os.O_RDWR, 0)
	l.check(err)
	defer f.Close()
	was = p
	b := make([]byte, 4)
	if p.wide {
		b = make([]byte, 8)
	}
	_, err = f.ReadAt(b, p.at)
	l.check(err)
	if p.wide {
		was.to = binary.NativeEndian.Uint64(b)
		binary.NativeEndian.PutUint64(b, p.to)
	} else {
		was.to = uint64(binary.NativeEndian.Uint32(b))
		binary.NativeEndian.PutUint32(b, uint32(p.to))
	}
	_, err = f.WriteAt(b, p.at)
	l.check(err)
	return was
}

func hostileCells() []Cell {
	cells := []Cell{
		safety("hostile/length-grows-between-check-and-use", Facts{FactRead: "88", FactReceived: "o1 o2", FactExit: "code 0"}, runGrows),
	}
	want := Facts{"answer": "corrupt", "image": unmoved, "again": "corrupt", "restored": answerOK, FactExit: "code 0"}
	add := func(pokes []poke, ops []string, run func(l *lab, p poke, op string) Facts) {
		for _, p := range pokes {
			for _, op := range ops {
				cells = append(cells, safety("hostile/"+p.name+"/"+op, want, func(l *lab, _ Cell) Facts { return run(l, p, op) }))
			}
		}
	}
	add(pokesAtReader, []string{"try-pop", "peek"}, func(l *lab, p poke, op string) Facts { return runHostileWriter(l, p, op, true) })
	add(pokesAtRecord, []string{"try-pop", "peek"}, func(l *lab, p poke, op string) Facts { return runHostileWriter(l, p, op, false) })
	add(pokesAtWriter, []string{"try-push", "push", "push-batch", "reserve"}, runHostileReader)
	return cells
}

// runHostileWriter has a reader take a message that is not as it should be. Once
// all is as it was, the reader goes on.
func runHostileWriter(l *lab, p poke, op string, consumed bool) Facts {
	l.prepare(256, 64, l.messages.add("o1", 20))
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	if consumed {
		l.pop(reader)
	}
	writer := l.joined(ring.WriterSide, "writer", l.join(PollOff))
	l.call(writer, "push", pushArgs{Msg: l.messages.add("o2", 20)})
	if consumed {
		l.call(reader, "peek", popArgs{}) // the reader has seen where o2 ends
		l.call(reader, "release", nil)
		l.call(writer, "push", pushArgs{Msg: l.messages.add("o3", 20)})
	}
	return l.hostile(p, func() string { return l.answer(reader, op, popArgs{}) }, func() string { return l.ended(reader) })
}

// runHostileReader has a writer look for room that the index of the reader lies
// about.
func runHostileReader(l *lab, p poke, op string) Facts {
	l.full(popping)
	writer := l.joined(ring.WriterSide, "writer", l.join(PollOff))
	args := any(pushArgs{Msg: l.messages.add("P", 60)})
	if op == "push-batch" {
		args = batchArgs{Msgs: [][]byte{l.messages.add("P2", 60)}}
	}
	reader := l.joined(ring.ReaderSide, "reader", l.join(PollOff))
	f := l.hostile(p, func() string {
		if image := ring.Decode(l.image()); image.Problem == nil {
			l.pop(reader) // restored: now there is room
		}
		return l.answer(writer, op, args)
	}, func() string { return l.ended(writer) })
	return f
}

// hostile does something with and without the poke.
func (l *lab) hostile(p poke, answer, ended func() string) Facts {
	was := l.set(p)
	before := l.image()
	f := Facts{"answer": answer(), "again": answer(), "image": unmoved}
	if after := l.image(); string(after) != string(before) {
		f["image"] = firstDifference(before, after)
	}
	l.set(was)
	f["restored"] = answer()
	f[FactExit] = ended()
	return f
}

// runGrows has the length of a record grow after the reader has checked it: the
// reader must go on by what it has checked.
func runGrows(l *lab, _ Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 20), l.messages.add("o2", 20), l.messages.add("o3", 60))
	arm := control.Arm{Site: string(ring.ReaderBeforeReadAdvance), Hit: 1, Action: control.Park}
	reader := l.start(ring.ReaderSide, "reader", arm)
	reader.Go("open", l.join(PollOff))
	popping := reader.Go("pop", popArgs{})
	l.waitHit(reader, arm)
	l.set(poke{at: ring.HeaderSize + 64, to: ready | 44}) // as long as both
	reader.Release()
	l.receive(reader, popping, ring.DataAvailOffset)
	f := Facts{FactRead: fmt.Sprint(ring.Decode(l.image()).Read)}
	l.pop(reader)
	f[FactReceived] = received(l.got...)
	f[FactExit] = l.ended(reader)
	return f
}
