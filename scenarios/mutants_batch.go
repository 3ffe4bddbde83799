package scenarios

import "killpoint/harness"

// batchBugs are in batches, reservations, peeks and ranges.
var batchBugs = []planted{
	{"batch-is-no-batch", "each record of a batch is published by itself", "writer-after-batch-record", []harness.Edit{
		inRing("writer.go", "\tmark(WriterAfterBatchRecord)\n", "\tw.publish()\n\tmark(WriterAfterBatchRecord)\n"),
	}},
	{"batch-published-first", "records of a batch are published before they are put", "writer-after-write-payload/batch", []harness.Edit{
		inRing("writer.go", "\tw.put(size, msg)\n\tmark(", "\tw.write.Store(w.pos + size)\n\tw.put(size, msg)\n\tmark("),
	}},
	{"batch-sleeps-unflushed", "a batch waits for room with records that nobody can see", "writer-before-space-wait/batch", []harness.Edit{
		inRing("writer.go", "w.flush()\n\t\t\terr = w.await", "err = w.await"),
	}},
	{"batch-never-flushed", "a batch ends unpublished", "writer-after-write-store/batch", []harness.Edit{
		inRing("writer.go", "if w.own != w.pos {\n\t\tw.publish()\n", "if w.own != w.pos {\n"),
	}},
	{"reserve-is-ready", "a reservation has READY in its slot at once", "writer-after-reserve/kill", []harness.Edit{
		inRing("writer.go", "\tmark(WriterAfterReserve)\n", "\t*plain32(w.data, w.off) = flagReady | uint32(n)\n\tmark(WriterAfterReserve)\n"),
	}},
	{"reserve-publishes", "a reservation is published before it is written", "writer-after-reserve/kill", []harness.Edit{
		inRing("writer.go", "\tmark(WriterAfterReserve)\n", "\tw.write.Store(w.pos + recordSize(n))\n\tmark(WriterAfterReserve)\n"),
	}},
	{"commit-without-ready", "Commit publishes a record that is not READY", "writer-after-write-store/commit", []harness.Edit{
		inRing("writer.go", "recordSize(n)], n)\n\tw.publish()\n", "recordSize(n)], n)\n\t*plain32(w.data, w.off-recordSize(n)) = uint32(n)\n\tw.publish()\n"),
	}},
	{"commit-takes-all", "Commit publishes all that was reserved", "use/reserve/commit-less", []harness.Edit{
		inRing("writer.go", "\tmark(WriterBeforeCommit)\n", "\tn = int(w.clear) - recordHeader\n\tmark(WriterBeforeCommit)\n"),
	}},
	{"abort-publishes", "Abort sends an empty message", "use/reserve/abort", []harness.Edit{
		inRing("writer.go", "Abort() { w.reserved = nil }", "Abort() { _ = w.Commit(0) }"),
	}},
	{"push-in-a-reservation", "a push takes the slot of an open reservation", "use/reserve/nothing-else", []harness.Edit{
		inRing("writer.go", "w.mem != nil && w.reserved == nil &&", "w.mem != nil &&"),
	}},
	{"peek-releases", "a peeked message is consumed at once", "reader-after-peek", []harness.Edit{
		inRing("reader.go", "\tmark(ReaderAfterPeek)\n", "\tr.release()\n\tmark(ReaderAfterPeek)\n"),
	}},
	{"release-is-silent", "Release frees room and tells nobody", "reader-after-space-signal/release", []harness.Edit{
		inRing("reader.go", "\tmark(ReaderBeforeRelease)\n\tr.release()\n", "\tmark(ReaderBeforeRelease)\n\tr.own = r.pos\n\tr.read.Store(r.pos)\n\tmark(ReaderAfterSpaceSignal)\n"),
	}},
	{"marker-releases-peeked", "skipping a wrap marker gives up the messages held before it", "over-marker", []harness.Edit{
		inRing("reader.go", "held := r.pos != r.own", "held := r.pos < r.own"),
	}},
	{"rewind-consumes", "Rewind forgets the messages instead of giving them back", "use/peek/nothing-else", []harness.Edit{
		inRing("reader.go", "r.stand(r.own, r.seen)", "r.own = r.pos"),
	}},
	{"pop-behind-peeked", "a pop consumes what is held by a peek", "use/peek/nothing-else", []harness.Edit{
		inRing("reader.go", "r.mem != nil && r.pos == r.own {", "r.mem != nil {"),
	}},
	{"peek-waits-with-messages-in-hand", "a reader that holds messages waits for a writer that waits for their room", "use/peek/empty", []harness.Edit{
		inRing("reader.go", "r.pos == r.own {\n\t\tn, err", "r.pos >= r.own {\n\t\tn, err"),
	}},
	{"range-releases-first", "a range consumes a message before its body has run", "use/messages/panic", []harness.Edit{
		inRing("reader.go", "\tmore := yield(msg, nil)", "\t_ = r.Release()\n\tmore := yield(msg, nil)"),
	}},
	{"range-keeps-on-panic", "a panic in a range's body leaves the reader with the message in hand", "use/messages/recover", []harness.Edit{
		inRing("reader.go", "defer r.Rewind()", "defer func() {}()"),
	}},
}
