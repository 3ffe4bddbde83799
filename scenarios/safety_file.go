package scenarios

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"killpoint/harness"
	"killpoint/ring"
)

func fileCells() []Cell {
	return []Cell{
		safety("file/symlink-is-refused", Facts{
			factOpen: "layout", factAttach: "layout", "replace": "layout", factCreate: "exist", "dangling": "exist",
			"through a linked folder": answerOK, "image": unmoved, "files": "dangling folder link",
		}, runSymlink),
		safety("file/mode-is-0600", Facts{"created": "-rw-------", "replaced": "-rw-------"}, runMode),
		safety("file/full-disk-is-an-error", Facts{
			"too large": "no-space", "left": "nothing", "fits": answerOK, "filled": "full",
			"replace": "no-space", "left then": "ring", factAttach: answerOK,
		}, runDisk),
		safety("file/populated", Facts{FactReceived: "M", FactRing: "sound"}, runPopulate),
		safety("replace/live-writer", Facts{factRefused: answerBusy, factUntouched: "nothing", "then": answerOK},
			func(l *lab, _ Cell) Facts { return runReplaceLive(l, ring.WriterSide) }),
		safety("replace/live-reader", Facts{factRefused: answerBusy, factUntouched: "nothing", "then": answerOK},
			func(l *lab, _ Cell) Facts { return runReplaceLive(l, ring.ReaderSide) }),
		safety("replace/no-ring-is-left-alone", Facts{
			"text": "layout", "zeros, then data": "layout", "ten zeros and text": "layout", "zeros of no ring's size": "layout",
			"fresh file is text": "layout", "fresh file is zeros, then data": "layout",
			"half-made": answerOK, "capacity stored": answerOK, "empty": answerOK, "missing": answerOK,
		}, runReplaceOthers),
	}
}

// runSymlink names a ring by a link, which somebody else may have put there.
func runSymlink(l *lab, _ Cell) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10))
	before := l.image()
	at := func(name string) joinArgs {
		a := l.join(PollOff)
		a.Path, a.Capacity = filepath.Join(l.dir, name), 256
		return a
	}
	l.check(os.Symlink(l.ring, at("link").Path))
	l.check(os.Symlink(at("nowhere").Path, at("dangling").Path))
	l.check(os.Symlink(l.dir, at("folder").Path))
	writer, reader := l.start(ring.WriterSide, "writer"), l.start(ring.ReaderSide, "reader")
	replace := at("link")
	replace.Replace = true
	f := Facts{
		factOpen:                  l.answer(reader, "open", at("link")),
		factAttach:                l.answer(writer, "attach", at("link")),
		"replace":                 l.answer(writer, "create", replace),
		factCreate:                l.answer(writer, "create", at("link")),
		"dangling":                l.answer(writer, "create", at("dangling")),
		"through a linked folder": l.answer(reader, "open", at("folder/ring")),
		"image":                   unmoved,
		"files":                   l.beside(),
	}
	if after := l.image(); string(after) != string(before) {
		f["image"] = firstDifference(before, after)
	}
	return f
}

// runMode creates and replaces a ring in a process whose umask takes nothing
// away.
func runMode(l *lab, _ Cell) Facts {
	writer := l.start(ring.WriterSide, "writer")
	l.call(writer, "umask", map[string]int{"Mask": 0})
	f := Facts{}
	for _, name := range []string{"created", "replaced"} {
		a := l.join(PollOff)
		a.Path, a.Capacity, a.Replace = filepath.Join(l.dir, name), 256, name == "replaced"
		if a.Replace {
			l.check(os.WriteFile(a.Path, nil, 0o666)) // what is left of a create
		}
		l.call(writer, "create", a)
		info, err := os.Stat(a.Path)
		l.check(err)
		f[name] = info.Mode().String()
	}
	return f
}

// runDisk creates rings on a file system that is too small for some.
func runDisk(l *lab, _ Cell) Facts {
	writer := l.run(l.programs.Plain, harness.Config{Name: "writer", Role: string(ring.WriterSide), OwnMounts: true})
	dir := filepath.Join(l.dir, "disk")
	l.check(os.Mkdir(dir, 0o700))
	err := writer.Call(l.ctx, "disk", map[string]any{"Dir": dir, "Size": 256 << 10}, nil)
	var failed *harness.CallError
	if errors.As(err, &failed) && failed.Matches("not-allowed") {
		panic(broken{fmt.Errorf("a small file system cannot be mounted here: %s", failed.Text)})
	}
	l.check(err)
	left := func() string {
		return orNothing(strings.Join(ask[[]string](l, writer, "files", map[string]string{"Dir": dir}), " "))
	}
	small := l.join(PollOff)
	small.Path, small.Capacity = filepath.Join(dir, "ring"), 128<<10
	large := small
	large.Capacity = 1 << 20
	f := Facts{"too large": l.answer(writer, "create", large), "left": left(), "fits": l.answer(writer, "create", small)}
	if f["fits"] != answerOK {
		return f
	}
	for f["filled"] = answerOK; f["filled"] == answerOK; {
		f["filled"] = l.answer(writer, "try-push", pushArgs{Msg: make([]byte, 4000)})
	}
	l.call(writer, "close", nil)
	large.Replace = true
	f["replace"], f["left then"] = l.answer(writer, "create", large), left()
	f[factAttach] = l.answer(writer, "attach", small)
	return f
}

// runPopulate has both ends put all pages in place, one of them beside a message.
func runPopulate(l *lab, _ Cell) Facts {
	join := l.join(PollOff)
	join.Capacity, join.Populate = pages, true
	writer, reader := l.start(ring.WriterSide, "writer"), l.start(ring.ReaderSide, "reader")
	l.call(writer, "create", join)
	l.call(writer, "push", pushArgs{Msg: l.messages.add("M", 40)})
	l.call(reader, "open", join)
	l.pop(reader)
	return Facts{FactReceived: received(l.got...), FactRing: soundness(l.image())}
}

// runReplaceLive replaces a ring that has one live end, and again once that has
// been killed.
func runReplaceLive(l *lab, side ring.Side) Facts {
	l.prepare(256, 64, l.messages.add("o1", 10))
	holder := l.joined(side, "holder", l.join(PollOff))
	writer := l.start(ring.WriterSide, "writer")
	f := Facts{}
	f[factRefused], f[factUntouched] = l.refusedReplace(writer)
	_, err := holder.Kill()
	l.check(err)
	f["then"] = l.answer(writer, "create", l.replace())
	return f
}

// runReplaceOthers has a writer replace what is no ring: only what a create can
// have left may go.
func runReplaceOthers(l *lab, _ Cell) Facts {
	writer := l.start(ring.WriterSide, "writer")
	f := Facts{"missing": l.answer(writer, "create", l.replace())}
	l.call(writer, "close", nil)
	put := func(name, path, text string) {
		l.check(os.WriteFile(path, []byte(text), 0o600))
		f[name] = l.answer(writer, "create", l.replace())
		if f[name] == answerOK {
			l.call(writer, "close", nil)
		} else if now, err := os.ReadFile(path); err != nil || string(now) != text {
			f[name] += ", and the file is another now"
		}
		l.check(os.RemoveAll(path)) // if it is there still
	}
	zeros := func(n int64) string { return strings.Repeat("\x00", int(n)) }
	text := strings.Repeat("not a ring\n", 1000)
	late := zeros(2<<20) + text + "..." // all of the first reads are zeros; a ring's size
	fresh := filepath.Join(l.dir, freshFile)
	put("text", l.ring, text)
	put("zeros, then data", l.ring, late[:len(late)&^7])
	put("ten zeros and text", l.ring, zeros(10)+text)
	put("zeros of no ring's size", l.ring, zeros(100))
	put("half-made", l.ring, zeros(ring.FileSize(256)))
	put("capacity stored", l.ring, zeros(8)+"\x00\x01"+zeros(ring.FileSize(256)-10))
	put("empty", l.ring, "")
	l.prepare(256, 0)
	put("fresh file is text", fresh, text)
	put("fresh file is zeros, then data", fresh, late[:len(late)&^7])
	return f
}
