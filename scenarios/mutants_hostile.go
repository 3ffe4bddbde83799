package scenarios

import "killpoint/harness"

// hostileBugs are in what is believed of a peer.
var hostileBugs = []planted{
	{"header-unchecked", "a record's length is believed", "hostile/length-beyond", []harness.Edit{
		inRing("reader.go", "size <= r.seen-r.pos && size <= r.capacity-r.off", "size > 0"),
	}},
	{"not-ready-accepted", "a record that is not READY is delivered", "hostile/record-not-ready", []harness.Edit{
		inRing("reader.go", "header&(flagReady|flagWrap) == flagReady", "header&flagWrap == 0"),
	}},
	{"marker-unchecked", "a wrap marker may lead into the middle of the lap", "hostile/marker", []harness.Edit{
		inRing("layout.go", "header&flagWrap != 0 && size != tail", "header == 1 && size != tail"),
	}},
	{"write-may-go-back", "a reader goes back with the write index", "hostile/write-backwards", []harness.Edit{
		inRing("reader.go", "checkMoved(write, r.seen,", "checkMoved(write, 0,"),
	}},
	{"write-may-run-ahead", "a reader believes a write index beyond the ring", "hostile/write-far", []harness.Edit{
		inRing("reader.go", "r.own+r.capacity)", "1<<63)"),
	}},
	{"read-may-go-back", "a writer goes back with the read index", "hostile/read-backwards", []harness.Edit{
		inRing("writer.go", "checkMoved(read, w.seen,", "checkMoved(read, 0,"),
	}},
	{"read-may-run-ahead", "a writer believes a read index beyond its own", "hostile/read-beyond-write", []harness.Edit{
		inRing("writer.go", "w.seen, w.own)", "w.seen, 1<<63)"),
	}},
	{"index-unaligned", "an index may point into a record", "unaligned", []harness.Edit{
		inRing("layout.go", " || index%recordAlign != 0", ""),
	}},
	{"header-read-twice", "a length is read again after it was checked", "hostile/length-grows", []harness.Edit{
		inRing("reader.go", "\tr.pass(length)\n\tr.release()", "\tr.pass(int(*plain32(r.data, r.off) & lengthMask))\n\tr.release()"),
	}},
	{"corrupt-is-repaired", "a ring that is corrupt is changed", "hostile/write", []harness.Edit{
		inRing("reader.go", `return fmt.Errorf("%w: write index`, "r.write.Store(r.seen)\n\t\treturn fmt.Errorf(\"%w: write index"),
	}},
	{"indices-unchecked-at-open", "any indices are taken on opening", "layout/", []harness.Edit{
		inRing("end.go", "err = checkIndices(", "_ = checkIndices("),
	}},
}
