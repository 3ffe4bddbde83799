package scenarios

import "killpoint/harness"

// waitBugs are in events, polling, deadlines and the stall time-out.
var waitBugs = []planted{
	{"no-wake", "the event word is set and the sleeper is not woken", "writer-after-data-signal/kill/poll-off", []harness.Edit{
		inRing("wait.go", "\tfutexWake(e.word)\n\te.rung", "\te.rung"),
	}},
	{"wake-before-write", "the sleeper is woken before there is anything to see", "writer-after-write-store/kill/poll-off", []harness.Edit{
		inRing("writer.go", "\tw.dataAvail.set(WriterBeforeDataWake)\n", ""),
		inRing("writer.go", "(w.pos)\n\tmark(WriterAfterWriteStore)", "(w.read.Load())\n\tw.dataAvail.set(WriterBeforeDataWake)\n\tw.write.Store(w.pos)\n\tmark(WriterAfterWriteStore)"),
	}},
	{"event-word-is-trusted", "a successor takes the dead writer's unfinished signal for a finished one", "writer-before-data-wake/kill/poll-off", []harness.Edit{
		inRing("wait.go", "!e.rung || ", ""),
	}},
	{"empty-is-silent", "a successor that finds nothing does not wake a writer for which its predecessor has made room", "reader-after-read-advance/the-only/kill/poll-off", []harness.Edit{
		inRing("reader.go", "r.spaceAvail.ringOnce(ReaderBeforeEmptyWake)", "mark(ReaderBeforeEmptyWake)"),
	}},
	{"full-is-silent", "a successor that finds no room does not wake a reader for which its predecessor has left a message", "writer-after-write-store/to-the-brim/kill/poll-off", []harness.Edit{
		inRing("writer.go", "w.dataAvail.ringOnce(WriterBeforeFullWake)", "mark(WriterBeforeFullWake)"),
	}},
	{"wrap-set-without-wake", "the event is set for a wrap marker and the sleeper is not woken", "writer-after-wrap-signal/kill/poll-off", []harness.Edit{
		inRing("writer.go", "w.dataAvail.set(WriterBeforeWrapWake)", "w.dataAvail.word.Store(1)\n\tmark(WriterBeforeWrapWake)"),
	}},
	{"wrap-not-signalled", "the reader is not woken for a wrap marker", "writer-before-wrap-wake/kill/poll-off", []harness.Edit{
		inRing("writer.go", "\tw.dataAvail.set(WriterBeforeWrapWake)\n", ""),
	}},
	{"first-pop-is-silent", "a reader's first pop sets the event and does not wake", "reader-after-space-signal/kill/poll-off", []harness.Edit{
		inRing("wait.go", "\tfutexWake(e.word)\n\te.rung", "\tif e.rung || beforeWake != ReaderBeforeSpaceWake {\n\t\tfutexWake(e.word)\n\t}\n\te.rung"),
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
