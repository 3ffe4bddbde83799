package scenarios

import (
	"maps"
	"slices"

	"killpoint/harness"
)

// A Mutant is a planted bug: an edit of the ring that something must notice. It
// is compiled by overlay; the tree never holds it.
type Mutant struct {
	Name string
	Why  string // what the bug breaks
	// Cells is a part of the ids of cells that are made for such a bug. They are
	// asked first; a bug is not caught only once all cells have missed it. Empty
	// is a bug that no cell can see.
	Cells string
	Edits []harness.Edit
	// Operation is the one in which exploring finds it, with no site named;
	// empty is a bug that leaves nothing wrong behind a death.
	Operation string
	// Pairing is the operation, and what a peer does in the middle of it, by which
	// it is found; empty is a bug that one side alone shows, or that no order of
	// stores shows.
	Pairing [2]string
}

// planted is a bug as the tables have it.
type planted struct {
	Name, Why, Cells string
	Edits            []harness.Edit
}

// inRing edits one file of the ring. The old text is as short as it can be, so
// that it outlives changes of the ring.
func inRing(file, old, new string) harness.Edit {
	return harness.Edit{Package: module + "/ring", File: file, Old: old, New: new}
}

// Mutants returns the planted bugs.
func Mutants() (all []Mutant) {
	for _, p := range slices.Concat(publishBugs, waitBugs, batchBugs, roleBugs, fileBugs, hostileBugs, subtleBugs) {
		all = append(all, Mutant{p.Name, p.Why, p.Cells, p.Edits, exploredIn[p.Name], pairedIn[p.Name]})
	}
	return all
}

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

// waitBugs are in events, polling, deadlines and the stall time-out.
var waitBugs = []planted{
	{"no-wake", "the event word is set and the sleeper is not woken", "writer-after-data-signal/kill/poll-off", []harness.Edit{
		inRing("wait.go", "\tfutexWake(e.word)\n\te.signalled", "\te.signalled"),
	}},
	{"wake-before-write", "the sleeper is woken before there is anything to see", "writer-after-write-store/kill/poll-off", []harness.Edit{
		inRing("writer.go", "\tw.dataAvail.set(WriterBeforeDataWake)\n", ""),
		inRing("writer.go", "(w.pos)\n\tmark(WriterAfterWriteStore)", "(w.read.Load())\n\tw.dataAvail.set(WriterBeforeDataWake)\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)"),
	}},
	{"event-word-is-trusted", "a successor takes the dead writer's unfinished signal for a finished one", "writer-before-data-wake/kill/poll-off", []harness.Edit{
		inRing("wait.go", "!e.signalled || ", ""),
	}},
	{"empty-is-silent", "a successor that finds nothing does not wake a writer for which its predecessor has made room", "reader-after-read-advance/the-only/kill/poll-off", []harness.Edit{
		inRing("reader.go", "r.spaceAvail.signalOnce(ReaderBeforeEmptyWake)", "mark(ReaderBeforeEmptyWake)"),
	}},
	{"full-is-silent", "a successor that finds no room does not wake a reader for which its predecessor has left a message", "writer-after-write-store/to-the-brim/kill/poll-off", []harness.Edit{
		inRing("writer.go", "w.dataAvail.signalOnce(WriterBeforeFullWake)", "mark(WriterBeforeFullWake)"),
	}},
	{"wrap-set-without-wake", "the event is set for a wrap marker and the sleeper is not woken", "writer-after-wrap-signal/kill/poll-off", []harness.Edit{
		inRing("writer.go", "w.dataAvail.set(WriterBeforeWrapWake)", "w.dataAvail.word.Store(1)\n\tmark(WriterBeforeWrapWake)"),
	}},
	{"wrap-not-signalled", "the reader is not woken for a wrap marker", "writer-before-wrap-wake/kill/poll-off", []harness.Edit{
		inRing("writer.go", "\tw.dataAvail.set(WriterBeforeWrapWake)\n", ""),
	}},
	{"first-pop-is-silent", "a reader's first pop sets the event and does not wake", "reader-after-space-signal/kill/poll-off", []harness.Edit{
		inRing("wait.go", "\tfutexWake(e.word)\n\te.signalled", "\tif e.signalled || beforeWake != ReaderBeforeSpaceWake {\n\t\tfutexWake(e.word)\n\t}\n\te.signalled"),
	}},
	{"space-not-signalled", "a pop frees room and tells nobody", "reader-before-space-wake/kill/poll-off", []harness.Edit{
		inRing("reader.go", "\tr.spaceAvail.set(ReaderBeforeSpaceWake)\n", ""),
	}},
	{"wrap-space-not-signalled", "consuming a wrap marker frees room and tells nobody", "reader-before-wrap-space-wake/kill/poll-off", []harness.Edit{
		inRing("reader.go", "\tr.spaceAvail.set(ReaderBeforeWrapSpaceWake)\n", ""),
	}},
	{"no-last-look", "a deadline error hides a message that came in time", "fault/4-last-look", []harness.Edit{
		inRing("reader.go", "\t\tover := s.over()\n", "\t\tover := s.over()\n\t\tif over != nil {\n\t\t\treturn 0, over\n\t\t}\n"),
	}},
	{"polling-ignored", "a sleeper waits for the event alone", "writer-after-write-store/kill/poll-on", []harness.Edit{
		inRing("wait.go", "time.Duration(s.poll.Load())", "max(time.Duration(s.poll.Load()), PollOff)"),
	}},
	{"polling-ignored-with-deadline", "polling works only for waits without a deadline", "fault/4-polling", []harness.Edit{
		inRing("wait.go", "timeout = min(timeout, max(time.Until(deadline), 0))", "timeout = max(time.Until(deadline), 0)"),
	}},
	{"deadline-restarts", "every wake-up starts the clock again", "fault/6", []harness.Edit{
		inRing("wait.go", "max(time.Until(deadline), 0)", "time.Until(deadline).Round(time.Hour)"),
	}},
	{"dead-is-stalled", "the stall time-out takes a dead peer for a slow one", "stall/reader-peer-killed", []harness.Edit{
		inRing("wait.go", "ErrPeerDead,", "ErrPeerStalled,"),
	}},
	{"stalled-is-dead", "the stall time-out takes a stopped peer for a dead one", "stall/reader-peer-stopped", []harness.Edit{
		inRing("wait.go", "ErrPeerStalled,", "ErrPeerDead,"),
	}},
	{"stall-does-not-wake", "the stall time-out does not end a sleep", "stall/reader-peer-killed/poll-off", []harness.Edit{
		inRing("wait.go", "\t\ttimeout = min(timeout, max(s.stall-time.Since(s.since), 0))\n", "\t\t_ = s.since\n"),
	}},
	{"stall-counts-on", "the stall time-out runs on while the peer moves", "stall/starts-anew", []harness.Edit{
		inRing("wait.go", "moved != s.moved || s.since.IsZero()", "s.since.IsZero()"),
	}},
	{"stall-hides-a-message", "ErrPeerDead although the message came in time", "stall/last-look", []harness.Edit{
		inRing("wait.go", "moved != s.moved || s.since.IsZero()", "s.since.IsZero()"),
		inRing("reader.go", "\t\tover := s.over()\n", "\t\tover := s.over()\n\t\tif over != nil && s.stall > 0 {\n\t\t\treturn 0, over\n\t\t}\n"),
	}},
	{"data-reset-after-look", "a reader resets the event when it has looked: what came in between has its wake undone", "reader-after-data-reset", []harness.Edit{
		inRing("reader.go", "\t\tr.dataAvail.reset()\n", ""),
		inRing("reader.go", "\t\tmark(ReaderBeforeDataWait)\n", "\t\tr.dataAvail.reset()\n\t\tmark(ReaderBeforeDataWait)\n"),
	}},
	{"space-reset-after-look", "a writer resets the event when it has looked: room that came in between has its wake undone", "writer-after-space-reset", []harness.Edit{
		inRing("writer.go", "\t\tw.spaceAvail.reset()\n", ""),
		inRing("writer.go", "\t\tmark(WriterBeforeSpaceWait)\n", "\t\tw.spaceAvail.reset()\n\t\tmark(WriterBeforeSpaceWait)\n"),
	}},
	{"no-look-after-reset", "a reader goes to sleep the first time without a look behind the reset", "writer-after-write-header/batch/kill/poll-on", []harness.Edit{
		inRing("reader.go", "\t\tif n, err := r.next(); err != ErrEmpty {\n\t\t\treturn n, err\n\t\t}\n\t\tif over",
			"\t\tif s.thread.Load() != 0 {\n\t\t\tif n, err := r.next(); err != ErrEmpty {\n\t\t\t\treturn n, err\n\t\t\t}\n\t\t}\n\t\tif over"),
	}},
}

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

// roleBugs are in who holds an end.
var roleBugs = []planted{
	{"lock-not-taken", "two writers at a time", "safety/role/second", []harness.Edit{
		inRing("file.go", "err := unix.FcntlFlock(f.Fd(), ofdSetLock, &l)", "err := error(nil)\n\t_ = &l"),
	}},
	{"join-takes-no-role", "only the ring's creator holds its end", "safety/role/second", []harness.Edit{
		inRing("file.go", "err = f.take(r)", "err = f.take()"),
	}},
	{"create-takes-no-role", "a second writer comes while the first one creates", "writer-create-before-init/stop", []harness.Edit{
		inRing("file.go", "\terr = writerRole.lock(f)\n", ""),
	}},
	{"one-lock-for-both", "a reader is refused because there is a writer", "safety/role", []harness.Edit{
		inRing("file.go", "role = offRead", "role = offWrite"),
	}},
	{"lock-is-inherited", "a program that the owner has started keeps the dead owner's role", "is-not-inherited", []harness.Edit{
		inRing("file.go", "\terr := unix.FcntlFlock(f.Fd(), ofdSetLock", "\tunix.FcntlInt(f.Fd(), unix.F_SETFD, 0)\n\terr := unix.FcntlFlock(f.Fd(), ofdSetLock"),
	}},
	{"lock-is-the-process's", "a process can hold an end twice, and loses it with either", "twice-in-one-process", []harness.Edit{
		inRing("lock_linux.go", "unix.F_OFD_SETLK", "unix.F_SETLK"),
	}},
	{"role-kept-after-close", "Close does not give up the role", "first-closed", []harness.Edit{
		inRing("end.go", ", e.peer.other().unlock(e.file.File), e.file.Close())", ")"),
	}},
	{"peer-always-alive", "PeerAlive never says no", "safety/role/second", []harness.Edit{
		inRing("file.go", "return l.Type != unix.F_UNLCK, nil", "return true, nil"),
	}},
	{"peer-is-oneself", "PeerAlive of a writer asks for writers", "safety/role/second-reader", []harness.Edit{
		inRing("create.go", "writerRole, readerRole, newSettings", "writerRole, writerRole, newSettings"),
	}},
}

// fileBugs are in what becomes of a ring whose file is changed, and of the file
// of a ring that is made.
var fileBugs = []planted{
	{"symlink-followed", "a symbolic link put in the path leads to another file", "file/symlink", []harness.Edit{
		inRing("file.go", "|unix.O_NOFOLLOW", ""),
	}},
	{"mode-0666", "others may read and write the ring", "file/mode", []harness.Edit{
		inRing("file.go", "0o600", "0o666"),
	}},
	{"create-takes-what-is-there", "Create wipes a file that exists", "layout/", []harness.Edit{
		inRing("file.go", "|os.O_EXCL", ""),
	}},
	{"room-not-reserved", "a full file system is found out by dying later", "file/full-disk", []harness.Edit{
		inRing("reserve_linux.go", "unix.Fallocate(int(f.Fd()), 0, 0, size)", "f.Truncate(size)"),
	}},
	{"full-disk-leaves-a-file", "a create that failed leaves a file in the way", "file/full-disk", []harness.Edit{
		inRing("file.go", "errors.Join(bare(err), made.remove(), f.Close())", "errors.Join(bare(err), f.Close())"),
	}},
	{"polling-does-not-check", "a polling sleeper waits for ever beside a file that has gone", "safety/replaced", []harness.Edit{
		inRing("wait.go", "if s.polled {", "if s.polled && s.end == nil {"),
	}},
	{"replaced-not-noticed", "an end does not see that another ring is at its path", "safety/replaced/replaced", []harness.Edit{
		inRing("file.go", "!os.SameFile(there, f.info)", "!os.SameFile(there, there)"),
	}},
	{"unlinked-not-noticed", "an end does not see that its file has no path any more", "safety/replaced/unlinked", []harness.Edit{
		inRing("file.go", `fmt.Errorf("%w: nothing is there now", ErrReplaced)`, "nil"),
	}},
	{"replaced-hides-messages", "messages in a ring that was replaced are not delivered", "with-messages-left", []harness.Edit{
		inRing("reader.go", "r.pos == r.own {\n\t\treturn nil", "r.pos == r.own {\n\t\treturn r.file.check()"),
	}},
	{"shrinking-not-noticed", "a file that was cut short passes for whole", "safety/truncated", []harness.Edit{
		inRing("file.go", "now.Size() < f.info.Size()", "now.Size() < 0"),
	}},
	{"faults-kill", "a file that is cut short kills its users", "safety/truncated", []harness.Edit{
		inRing("end.go", "return debug.SetPanicOnFault(true)", "return debug.SetPanicOnFault(false)"),
	}},
	{"push-unguarded", "Push dies of a file that was cut short", "truncated/push", []harness.Edit{
		inRing("writer.go", "defer w.leave(before, &err)\n\tsize := recordSize(len(msg))\n\tif err = w.place(size); err == ErrFull", "_ = before\n\tsize := recordSize(len(msg))\n\tif err = w.place(size); err == ErrFull"),
	}},
	{"pop-unguarded", "Pop dies of a file that was cut short", "truncated/pop", []harness.Edit{
		inRing("reader.go", "defer r.leave(before, &err)\n\tn, err := r.next()\n\tif err == ErrEmpty {", "_ = before\n\tn, err := r.next()\n\tif err == ErrEmpty {"),
	}},
	{"commit-unguarded", "Commit dies of a file that was cut short", "truncated/commit", []harness.Edit{
		inRing("writer.go", "defer w.leave(before, &err)\n\tw.reserved", "_ = before\n\tw.reserved"),
	}},
	{"release-unguarded", "Release dies of a file that was cut short", "truncated/release", []harness.Edit{
		inRing("reader.go", "defer r.leave(before, &err)\n\tmark", "_ = before\n\tmark"),
	}},
	{"cancellation-unguarded", "cancelling a wait kills if the file was cut short", "truncated/cancelled", []harness.Edit{
		inRing("wait.go", "if !s.reaches(s.ev.interrupt) {", "if s.ev.interrupt(); s.end == nil {"),
	}},
	{"replace-asks-nobody", "a ring is replaced under its owners", "safety/replace/live", []harness.Edit{
		inRing("create.go", "f.take(writerRole, readerRole)", "error(nil)"),
	}},
	{"replace-asks-the-writer", "a ring is replaced under its reader", "safety/replace/live-reader", []harness.Edit{
		inRing("create.go", "f.take(writerRole, readerRole)", "f.take(writerRole)"),
	}},
	{"rename-before-initialise", "the path leads to a ring that is not complete", "writer-create-before-init/replace", []harness.Edit{
		inRing("create.go", "\t\terr = w.initialise()", "\t\tif at != path {\n\t\t\terr = os.Rename(at, path)\n\t\t}\n\t\terr = errors.Join(err, w.initialise())"),
	}},
	{"remove-before-rename", "the path leads nowhere for a moment", "writer-replace-before-rename/kill", []harness.Edit{
		inRing("create.go", "\tmark(WriterReplaceBeforeRename)\n", "\tos.Remove(old.abs)\n\tmark(WriterReplaceBeforeRename)\n"),
	}},
	{"leftover-blocks", "a fresh ring that was left behind stops the next one", "writer-replace-before-rename/kill", []harness.Edit{
		inRing("create.go", "err := sweep(fresh)", "err := error(nil)"),
	}},
	{"anything-is-replaced", "a file that is no ring is thrown away", "replace/no-ring", []harness.Edit{
		inRing("create.go", "case id != 0:", "case id == 1:"),
		inRing("create.go", "case !left:", "case !left && word[0] == 0 && word[4] == 1:"),
	}},
	{"zeros-are-replaced", "a file that begins with zeros is thrown away", "replace/no-ring", []harness.Edit{
		inRing("create.go", "case !left:", "case !left && false:"),
	}},
	{"zeros-are-swept", "a file beside the ring that begins with zeros is thrown away", "replace/no-ring", []harness.Edit{
		inRing("create.go", "f, err := claim(path)\n\tif errors.Is(err, fs.ErrNotExist) {\n\t\treturn nil\n\t}\n", "f, err := openFile(path)\n\tif errors.Is(err, fs.ErrNotExist) {\n\t\treturn nil\n\t}\n"),
	}},
	{"only-the-begin-must-be-zero", "data behind the header is thrown away", "replace/no-ring", []harness.Edit{
		inRing("layout.go", "for at := int64(0); at < size; at", "for at := int64(0); at < 1; at"),
	}},
}

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
			"\tawake := w.dataAvail.signalled && w.dataAvail.word.Load() == 1\n\tw.own = w.pos\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)\n"),
		inRing("writer.go", "\tw.dataAvail.set(WriterBeforeDataWake)\n", "\tif !awake {\n\t\tw.dataAvail.signal(WriterBeforeDataWake)\n\t}\n"),
	}},
}

// Explored names the planted bugs that exploring, or a peer in between, finds.
func Explored() []string {
	return slices.Concat(slices.Sorted(maps.Keys(exploredIn)), slices.Sorted(maps.Keys(pairedIn)))
}

// exploredIn are the planted bugs that exploring finds, each with the operation
// by which it is found first.
var exploredIn = map[string]string{
	"ready-before-payload":      "push-first",
	"write-before-payload":      "push-first",
	"magic-first":               "create",
	"attach-at-commit":          "push-first",
	"attach-believes-empty":     "push",
	"close-repairs":             "close-writer",
	"close-signals":             "close-writer",
	"lone-marker-stays":         "push-batch-wrap",
	"unfinished-push-is-hidden": "push-first",
	"open-writes":               "attach",
	"empty-is-a-marker":         "push-empty",
	"commit-publishes":          "push-first",
	"no-wake":                   "push-first",
	"wake-before-write":         "push-first",
	"event-word-is-trusted":     "push",
	"empty-is-silent":           "pop-the-only",
	"full-is-silent":            "push-to-the-brim",
	"first-pop-is-silent":       "pop",
	"space-not-signalled":       "pop",
	"polling-ignored":           "attach",
	"batch-published-first":     "push-batch",
	"batch-never-flushed":       "push-batch",
	"reserve-is-ready":          "reserve-commit",
	"reserve-publishes":         "reserve-commit",
	"commit-without-ready":      "reserve-commit",
	"commit-takes-all":          "reserve-commit",
	"release-is-silent":         "peek-release",
	"one-lock-for-both":         "pop-woken",
	"rename-before-initialise":  "replace",
	"remove-before-rename":      "replace",

	"commit-before-write":  "push-to-the-end",
	"header-in-two-stores": "push-first",
	"write-in-two-stores":  "push-first",
	"read-in-two-stores":   "pop-wrap",
	"magic-before-version": "create",
}

// pairedIn are those that a peer in the middle of an operation finds.
var pairedIn = map[string][2]string{
	"read-before-copy":         {"pop-from-full", "push"},
	"write-before-payload":     {"push", "peek, release"},
	"event-load-before-write":  {"push-warm", "pop all, waiting"},
	"wrap-set-without-wake":    {"push-in-two-steps-warm", "pop all, waiting"},
	"wrap-not-signalled":       {"push-in-two-steps-warm", "pop all, waiting"},
	"wrap-space-not-signalled": {"pop-from-empty-warm", "push a long one, waiting"},
	"long-never-fits":          {"push-in-two-steps", "pop"},
	"batch-sleeps-unflushed":   {"push-batch-into-full", "pop"},
	"peek-releases":            {"peek-release", "push many, waiting"},
	"data-reset-after-look":    {"pop-from-empty", "push"},
	"space-reset-after-look":   {"push-into-full", "pop"},
	"no-look-after-reset":      {"pop-from-empty", "push"},
}
