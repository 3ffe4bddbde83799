package scenarios

import "killpoint/harness"

// A Mutant is a planted bug: an edit of the ring that some cell must notice.
// It is compiled by overlay; the tree never holds it.
type Mutant struct {
	Name  string
	Why   string // what the bug breaks
	Edits []harness.Edit
}

// inRing edits one file of the ring.
func inRing(file, old, new string) harness.Edit {
	return harness.Edit{Package: "killpoint/ring", File: file, Old: old, New: new}
}

// Mutants returns the planted bugs.
func Mutants() []Mutant {
	return []Mutant{
		{"ready-before-payload", "the header claims a body that is not there yet", []harness.Edit{
			inRing("writer.go", "= uint32(len(msg))", "= flagReady | uint32(len(msg))"),
		}},
		{"write-before-payload", "a record is published before its body is there", []harness.Edit{
			inRing("writer.go", "\tcopy(", "\tw.write.Store(w.pos + size)\n\tcopy("),
		}},
		{"no-wake", "the event word is set and the sleeper is not woken", []harness.Edit{
			inRing("event.go", "\tfutexWake(e.word)\n\te.rung", "\te.rung"),
		}},
		{"wake-before-write", "the sleeper is woken before there is anything to see", []harness.Edit{
			inRing("writer.go", "\tw.dataAvail.set(WriterBeforeDataWake)\n", ""),
			inRing("writer.go", "(w.pos)\n\tmark(WriterAfterWriteStore)", "(w.own)\n\tw.dataAvail.set(WriterBeforeDataWake)\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)"),
		}},
		{"read-before-copy", "a message is given up before it was copied out", []harness.Edit{
			inRing("reader.go", "\tmsg := append(", "\tr.read.Store(r.pos + rec.size)\n\tmsg := append("),
		}},
		{"no-last-look", "a deadline error hides a message that came in time", []harness.Edit{
			inRing("reader.go", "\t\tover := s.over()\n", "\t\tover := s.over()\n\t\tif over != nil {\n\t\t\treturn record{}, over\n\t\t}\n"),
		}},
		{"magic-first", "a half-made file passes for a ring", []harness.Edit{
			inRing("create.go", "\tmark(WriterCreateBeforeInit)\n", "\tword64(w.mem, offIdent).Store(ident())\n\tmark(WriterCreateBeforeInit)\n"),
		}},
		{"polling-ignored", "a sleeper waits for the event alone", []harness.Edit{
			inRing("sleep.go", "time.Duration(s.poll.Load())", "max(time.Duration(s.poll.Load()), PollOff)"),
		}},
		{"polling-ignored-with-deadline", "polling works only for waits without a deadline", []harness.Edit{
			inRing("sleep.go", "timeout = min(timeout, max(time.Until(deadline), 0))", "timeout = max(time.Until(deadline), 0)"),
		}},
		{"deadline-restarts", "every wake-up starts the clock again", []harness.Edit{
			inRing("sleep.go", "max(time.Until(deadline), 0)", "time.Until(deadline).Round(time.Hour)"),
		}},
		{"event-word-is-trusted", "a successor takes the dead writer's unfinished signal for a finished one", []harness.Edit{
			inRing("event.go", "e.rung && e.word.Load() == 1", "e.word.Load() == 1"),
		}},
		{"attach-at-commit", "a successor goes on at commit and overwrites a published message", []harness.Edit{
			inRing("create.go", "w.stand(write, read)", "w.stand(min(write, max(*w.commit, read)), read)"),
		}},
		{"attach-believes-empty", "a successor takes the ring for empty and overwrites what is unread", []harness.Edit{
			inRing("create.go", "w.stand(write, read)", "w.stand(write, max(write, read))"),
		}},
		{"close-repairs", "clean-up after a panic writes to the ring", []harness.Edit{
			inRing("end.go", "\tmem := e.mem\n", "\t*e.commit = e.write.Load()\n\tmem := e.mem\n"),
		}},
		{"close-signals", "clean-up after a panic resets an event", []harness.Edit{
			inRing("end.go", "\tmem := e.mem\n", "\te.spaceAvail.reset()\n\tmem := e.mem\n"),
		}},
		{"wrap-set-without-wake", "the event is set for a wrap marker and the sleeper is not woken", []harness.Edit{
			inRing("writer.go", "w.dataAvail.set(WriterBeforeWrapWake)", "w.dataAvail.word.Store(1)\n\tmark(WriterBeforeWrapWake)"),
		}},
		{"lone-marker-stays", "a reader leaves a wrap marker with nothing behind it", []harness.Edit{
			inRing("reader.go", "\t\tr.skipWrap(size)\n", "\t\tif r.pos+size == r.seen {\n\t\t\tr.seen = r.pos\n\t\t\treturn record{}, ErrEmpty\n\t\t}\n\t\tr.skipWrap(size)\n"),
		}},
		{"first-pop-is-silent", "a reader's first pop sets the event and does not wake", []harness.Edit{
			inRing("event.go", "\tfutexWake(e.word)\n\te.rung", "\tif e.rung || beforeWake != ReaderBeforeSpaceWake {\n\t\tfutexWake(e.word)\n\t}\n\te.rung"),
		}},
		{"unfinished-push-is-hidden", "a reader that comes late does not see a message whose writer died before commit", []harness.Edit{
			inRing("reader.go", "write := r.write.Load()", "write := max(min(r.write.Load(), *r.commit), r.seen)"),
			inRing("reader.go", "r.stand(read, write)", "r.stand(read, max(min(write, *r.commit), read))"),
		}},
		{"open-writes", "a reader that only opens changes the image", []harness.Edit{
			inRing("end.go", "\tmark(afterMap)\n", "\tword32(mem, offSpaceAvail).Store(1)\n\tmark(afterMap)\n"),
		}},
		{"space-not-signalled", "a pop frees room and tells nobody", []harness.Edit{
			inRing("reader.go", "\tr.spaceAvail.set(ReaderBeforeSpaceWake)\n", ""),
		}},
		{"wrap-not-signalled", "the reader is not woken for a wrap marker", []harness.Edit{
			inRing("writer.go", "\tw.dataAvail.set(WriterBeforeWrapWake)\n", ""),
		}},
		{"wrap-space-not-signalled", "consuming a wrap marker frees room and tells nobody", []harness.Edit{
			inRing("reader.go", "\tr.spaceAvail.set(ReaderBeforeWrapSpaceWake)\n", ""),
		}},
		{"empty-is-a-marker", "an empty message is skipped like a wrap marker", []harness.Edit{
			inRing("reader.go", "if header&flagWrap == 0 {", "if header&flagWrap == 0 && header&lengthMask != 0 {"),
		}},
		{"commit-publishes", "the reader believes commit instead of write", []harness.Edit{
			inRing("reader.go", "write := r.write.Load()", "write := *r.commit"),
		}},
		{"long-never-fits", "a message longer than the rest of the lap and the ring's other part waits for ever", []harness.Edit{
			inRing("writer.go", "need = tail\n", "return ErrFull\n"),
		}},
		{"header-unchecked", "a record's length is believed", []harness.Edit{
			inRing("layout.go", "case size > tail || size > avail:", "case size > 1<<40:"),
		}},
	}
}
