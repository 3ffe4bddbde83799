package scenarios

import "killpoint/harness"

// subtleBugs show in no cell: what they leave is gone again by the next site, or
// takes a peer that acts between two stores.
var subtleBugs = []planted{
	{"commit-before-write", "commit runs ahead of write where a record ends the lap", "", []harness.Edit{
		inRing("writer.go", "\tw.own = w.pos\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)\n",
			"\tif w.off == 0 {\n\t\t*w.commit = w.pos\n\t}\n\tw.own = w.pos\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)\n"),
	}},
	{"header-in-two-stores", "READY is stored before the length beside it", "", []harness.Edit{
		inRing("writer.go", "\t*plain32(slot, 0) = flagReady | uint32(length)\n",
			"\tword32(slot, 0).Store(flagReady)\n\t*plain32(slot, 0) = flagReady | uint32(length)\n"),
	}},
	{"write-in-two-stores", "write passes through a value within the record", "", []harness.Edit{
		inRing("writer.go", "\tw.own = w.pos\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)\n",
			"\tw.write.Store(w.own + recordAlign)\n\tw.own = w.pos\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)\n"),
	}},
	{"read-in-two-stores", "read passes through a value within the wrap marker", "", []harness.Edit{
		inRing("reader.go", "\tr.own = r.pos\n\tr.read.Store(r.pos)\n\tmark(ReaderAfterWrapReadAdvance)\n",
			"\tr.own = r.pos\n\tr.read.Store(r.pos - recordAlign)\n\tr.read.Store(r.pos)\n\tmark(ReaderAfterWrapReadAdvance)\n"),
	}},
	{"magic-before-version", "a ring that is being made has the magic of one, and no version", "", []harness.Edit{
		inRing("create.go", "\tword64(w.mem, offIdent).Store(ident())\n",
			"\tword32(w.mem, offIdent+4).Store(magic)\n\tword64(w.mem, offIdent).Store(ident())\n"),
	}},
	{"event-load-before-write", "the event is looked at before the index is stored: a reader may go to sleep in between", "", []harness.Edit{
		inRing("writer.go", "\tw.own = w.pos\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)\n",
			"\tawake := w.dataAvail.rung && w.dataAvail.word.Load() == 1\n\tw.own = w.pos\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)\n"),
		inRing("writer.go", "\tw.dataAvail.set(WriterBeforeDataWake)\n", "\tif !awake {\n\t\tw.dataAvail.ring(WriterBeforeDataWake)\n\t}\n"),
	}},
}
