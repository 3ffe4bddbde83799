package scenarios

import "killpoint/harness"

// publishBugs are in the order of stores, and in what a crash may leave.
var publishBugs = []planted{
	{"ready-before-payload", "the header claims a body that is not there yet", "writer-after-write-header/kill", []harness.Edit{
		inRing("writer.go", "= uint32(len(msg))", "= flagReady | uint32(len(msg))"),
	}},
	{"write-before-payload", "a record is published before its body is there", "writer-after-write-payload/kill", []harness.Edit{
		inRing("writer.go", "\tcopy(", "\tw.write.Store(w.pos + size)\n\tcopy("),
	}},
	{"read-before-copy", "a message is given up before it was copied out", "reader-before-read-advance/kill", []harness.Edit{
		inRing("reader.go", "\tcopy(msg, ", "\tr.read.Store(r.pos + recordSize(length))\n\tcopy(msg, "),
	}},
	{"magic-first", "a half-made file passes for a ring", "writer-create-before-init/kill", []harness.Edit{
		inRing("create.go", "\tmark(WriterCreateBeforeInit)\n", "\tword64(w.mem, offIdent).Store(ident())\n\tmark(WriterCreateBeforeInit)\n"),
	}},
	{"attach-at-commit", "a successor goes on at commit and overwrites a published message", "writer-after-write-store/kill", []harness.Edit{
		inRing("create.go", "w.stand(write, read)", "w.stand(min(write, max(*w.commit, read)), read)"),
	}},
	{"attach-believes-empty", "a successor takes the ring for empty and overwrites what is unread", "writer-after-space-reset/kill", []harness.Edit{
		inRing("create.go", "w.stand(write, read)", "w.stand(write, max(write, read))"),
	}},
	{"close-repairs", "clean-up after a panic writes to the ring", "writer-after-wrap-store/panic", []harness.Edit{
		inRing("end.go", "\tmem := e.mem\n", "\t*e.commit = e.write.Load()\n\tmem := e.mem\n"),
	}},
	{"close-signals", "clean-up after a panic resets an event", "writer-after-wrap-header/panic", []harness.Edit{
		inRing("end.go", "\tmem := e.mem\n", "\te.spaceAvail.reset()\n\tmem := e.mem\n"),
	}},
	{"panic-is-swallowed", "a panic in the middle of an operation becomes an error of it", "writer-after-write-header/panic", []harness.Edit{
		inRing("end.go", "if !e.faulted(reason) {\n\t\tpanic", "if !e.faulted(reason) && e == nil {\n\t\tpanic"),
	}},
	{"lone-marker-stays", "a reader leaves a wrap marker with nothing behind it", "writer-after-wrap-store/kill/poll-on", []harness.Edit{
		inRing("reader.go", "\t\tr.skipWrap(size)\n", "\t\tif r.pos+size == r.seen {\n\t\t\tr.seen = r.pos\n\t\t\treturn 0, ErrEmpty\n\t\t}\n\t\tr.skipWrap(size)\n"),
	}},
	{"unfinished-push-is-hidden", "a reader that comes late does not see a message whose writer died before commit", "writer-after-write-store/kill/late", []harness.Edit{
		inRing("reader.go", "write := r.write.Load()", "write := max(min(r.write.Load(), *r.commit), r.seen)"),
		inRing("reader.go", "r.stand(read, write)", "r.stand(read, max(min(write, *r.commit), read))"),
	}},
	{"open-writes", "a reader that only opens changes the image", "reader-open-after-map", []harness.Edit{
		inRing("end.go", "\tmark(afterMap)\n", "\tword32(mem, offSpaceAvail).Add(2)\n\tmark(afterMap)\n"),
	}},
	{"empty-is-a-marker", "an empty message is skipped like a wrap marker", "fault/1", []harness.Edit{
		inRing("reader.go", "header&(flagReady|flagWrap) == flagReady", "header&(flagReady|flagWrap) == flagReady && header&lengthMask != 0"),
	}},
	{"commit-publishes", "the reader believes commit instead of write", "writer-after-write-store/kill", []harness.Edit{
		inRing("reader.go", "write := r.write.Load()", "write := *r.commit"),
	}},
	{"long-never-fits", "a message longer than the rest of the lap and the ring's other part waits for ever", "fault/5", []harness.Edit{
		inRing("writer.go", "need = tail\n", "return ErrFull\n"),
	}},
}
