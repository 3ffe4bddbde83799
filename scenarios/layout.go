package scenarios

import (
	"encoding/binary"
	"os"
	"strings"

	"killpoint/ring"
)

// A damage is a file that is no ring, and what the three ways in say of it.
type damage struct {
	name                 string
	open, attach, create string
	make                 func(l *lab)
}

// Word offsets of the header; see package ring.
const (
	offCapacity = 8
	offWrite    = 64
	offRead     = 128
)

var damages = []damage{
	{"missing", "not-exist", "not-exist", "ok", func(*lab) {}},
	{"directory", "layout", "layout", "exist", func(l *lab) { l.check(os.Mkdir(l.ring, 0o700)) }},
	{"empty", "layout", "layout", "exist", func(l *lab) { l.check(os.WriteFile(l.ring, nil, 0o600)) }},
	{"text", "layout", "layout", "exist", func(l *lab) {
		l.check(os.WriteFile(l.ring, []byte(strings.Repeat("not a ring\n", 1000)), 0o600))
	}},
	{"cut-short", "layout", "layout", "exist", func(l *lab) { l.prepare(256, 64); l.check(os.Truncate(l.ring, ring.FileSize(256)-1)) }},
	{"too-long", "layout", "layout", "exist", func(l *lab) { l.prepare(256, 64); l.check(os.Truncate(l.ring, ring.FileSize(256)+1)) }},
	{"uninitialised", "layout", "layout", "exist", func(l *lab) {
		l.check(os.WriteFile(l.ring, make([]byte, ring.FileSize(256)), 0o600))
	}},
	{"wrong-magic", "layout", "layout", "exist", word(4, 0x21212121)},
	{"wrong-version", "layout", "layout", "exist", word(0, 99)},
	{"capacity-2-to-the-40", "layout", "layout", "exist", words(offCapacity, 1<<40)},
	{"capacity-odd", "layout", "layout", "exist", words(offCapacity, 255)},
	{"capacity-zero", "layout", "layout", "exist", words(offCapacity, 0)},
	{"write-too-far", "corrupt", "corrupt", "exist", words(offWrite, 64+256+8)},
	{"write-unaligned", "corrupt", "corrupt", "exist", words(offWrite, 65)},
	{"indices-about-to-begin-again", "corrupt", "corrupt", "exist", func(l *lab) {
		l.damage(func(image []byte) {
			binary.NativeEndian.PutUint64(image[offWrite:], 1<<64-8)
			binary.NativeEndian.PutUint64(image[offRead:], 1<<64-8)
		})
	}},
	{"read-beyond-write", "corrupt", "corrupt", "exist", words(offRead, 72)},
}

func word(off int, value uint32) func(*lab) {
	return func(l *lab) {
		l.damage(func(image []byte) { binary.NativeEndian.PutUint32(image[off:], value) })
	}
}

func words(off int, value uint64) func(*lab) {
	return func(l *lab) {
		l.damage(func(image []byte) { binary.NativeEndian.PutUint64(image[off:], value) })
	}
}

// damage makes a good ring and changes bytes of it.
func (l *lab) damage(change func(image []byte)) {
	l.prepare(256, 64)
	image := l.image()
	change(image)
	l.check(os.WriteFile(l.ring, image, 0o600))
}

func layoutCells() []Cell {
	var cells []Cell
	for _, d := range damages {
		want := Facts{factOpen: d.open, factAttach: d.attach, factCreate: d.create, "file": unmoved, "named": "yes"}
		if d.name == "missing" {
			want["file"] = "created"
		}
		cells = append(cells, Cell{
			ID:   "layout/" + d.name,
			Want: want,
			More: []string{"layout"},
			run:  func(l *lab, _ Cell) Facts { return runDamage(l, d) },
		})
	}
	return cells
}

func runDamage(l *lab, d damage) Facts {
	d.make(l)
	l.before = l.anyImage()
	reader := l.start(ring.ReaderSide, "reader")
	writer := l.start(ring.WriterSide, "writer")
	create := l.join(PollOff)
	create.Capacity = 256
	f := Facts{
		factOpen:   l.answer(reader, "open", l.join(PollOff)),
		factAttach: l.answer(writer, "attach", l.join(PollOff)),
		factCreate: l.answer(writer, "create", create),
		"file":     unmoved,
		"named":    "yes",
	}
	if after := l.anyImage(); string(after) != string(l.before) {
		f["file"] = "changed"
		if l.before == nil {
			f["file"] = "created"
		}
	}
	if err := reader.Call(l.ctx, "open", l.join(PollOff), nil); err != nil && !strings.Contains(err.Error(), l.ring) {
		f["named"] = "no: " + err.Error()
	}
	return f
}

// anyImage is the file's content, or nil if there is none to be read.
func (l *lab) anyImage() []byte {
	image, err := os.ReadFile(l.ring)
	if err != nil {
		return nil
	}
	return image
}
