package planted

// ringBugs are bugs of the ring that no death shows: what it costs, and what it
// does beside a stranger. Those that a death shows are in package scenarios.
var ringBugs = []Bug{
	{
		Name: "wake-per-message", Why: "every message costs a system call, whether anybody sleeps or not",
		Package: "ring", Test: "TestNobodyIsWokenWhereNobodySleeps/push",
		Edits: []Edit{{"ring/wait.go", "if !e.signalled || e.word.Load() != 1 {", "if true {"}},
	},
	{
		Name: "wake-per-empty-pop", Why: "every pop that finds nothing costs a system call",
		Package: "ring", Test: "TestNobodyIsWokenWhereNobodySleeps/find_nothing",
		Edits: []Edit{{"ring/reader.go", "r.spaceAvail.signalOnce(ReaderBeforeEmptyWake)", "r.spaceAvail.signal(ReaderBeforeEmptyWake)"}},
	},
	{
		Name: "wake-per-full-push", Why: "every push that finds no room costs a system call",
		Package: "ring", Test: "TestNobodyIsWokenWhereNobodySleeps/find_no_room",
		Edits: []Edit{{"ring/writer.go", "w.dataAvail.signalOnce(WriterBeforeFullWake)", "w.dataAvail.signal(WriterBeforeFullWake)"}},
	},
	{
		Name: "poll-interval-fixed", Why: "a wait under way keeps the poll interval that it began with",
		Package: "ring", Test: "TestAnotherPollIntervalHoldsForAWaitUnderWay",
		Edits: []Edit{
			{"ring/wait.go", "\tpolled bool ", "\tfixed  time.Duration\n\tpolled bool "},
			{"ring/wait.go", "\ttimeout := time.Duration(s.poll.Load())\n", "\tif s.fixed == 0 {\n\t\ts.fixed = time.Duration(s.poll.Load())\n\t}\n\ttimeout := s.fixed\n"},
		},
	},
	{
		Name: "stall-twice-as-late", Why: "a stall is told after twice the time-out",
		Package: "ring", Test: "TestAStallIsToldWhenItsTimeHasPassed",
		Edits: []Edit{{"ring/wait.go", "time.Since(s.since) < s.stall {", "time.Since(s.since) < 2*s.stall {"}},
	},
	{
		Name: "stall-wait-spins", Why: "a wait with a stall time-out wakes up again and again",
		Package: "ring", Test: "TestTheStallTimeoutIsOneSleep",
		Edits: []Edit{{"ring/wait.go", "max(s.stall-time.Since(s.since), 0)", "max(s.stall/2-time.Since(s.since), 0)"}},
	},
	{
		Name: "held-room-is-free", Why: "a reader that holds messages takes a hostile index for new messages, and gets the held ones again",
		Package: "ring", Test: "TestAReaderThatHoldsMessagesKnowsABadIndex",
		Edits: []Edit{{"ring/reader.go", "r.own+r.capacity); err != nil", "r.pos+r.capacity); err != nil"}},
	},
	{
		Name: "swapped-after-opening", Why: "a file that was replaced before its role was taken is believed",
		Package: "ring", Test: "TestAFileReplacedBetweenOpeningAndLockingIsRefused",
		Edits: []Edit{{"ring/file.go", "\treturn f.check()\n}\n\n// check", "\treturn nil\n}\n\n// check"}},
	},
	{
		Name: "swapped-before-the-rename", Why: "WithReplace overwrites whatever is at the path by then",
		Package: "ring", Test: "TestWithReplaceLeavesAFileSwappedBeforeTheRenameAlone",
		Edits: []Edit{{"ring/create.go", "\terr := old.inPlace()\n", "\tvar err error\n"}},
	},
	{
		Name: "fresh-ring-left-behind", Why: "a replacement that fails leaves its fresh ring beside the old one",
		Package: "ring", Test: "TestWithReplaceLeavesAFileSwappedBeforeTheRenameAlone",
		Edits: []Edit{{"ring/create.go", "errors.Join(err, w.file.remove(), w.Close())", "errors.Join(err, w.Close())"}},
	},
	{
		Name: "cut-fresh-ring-left-behind", Why: "a fresh ring that was cut short is left behind",
		Package: "ring", Test: "TestWithReplaceLeavesAFileSwappedBeforeTheRenameAlone/fresh_ring_cut_short",
		Edits: []Edit{{"ring/file.go", "\tif err := f.inPlace(); err != nil {\n\t\treturn err\n\t}\n\treturn os.Remove", "\tif err := f.check(); err != nil {\n\t\treturn err\n\t}\n\treturn os.Remove"}},
	},
	{
		Name: "writer-locks-another-byte", Why: "a ring has two writers, one of each build",
		Package: "ring", Test: "TestTheLockedBytesAreThoseOfTheIndices",
		Edits: []Edit{{"ring/file.go", "writerRole role = offWrite", "writerRole role = offCommit"}},
	},
	{
		Name: "reader-locks-another-byte", Why: "a ring has two readers, one of each build",
		Package: "ring", Test: "TestTheLockedBytesAreThoseOfTheIndices",
		Edits: []Edit{{"ring/file.go", "readerRole role = offRead", "readerRole role = offRead + 1"}},
	},
	{
		Name: "lock-of-two-bytes", Why: "a role takes the byte beside it too",
		Package: "ring", Test: "TestTheLockedBytesAreThoseOfTheIndices",
		Edits: []Edit{{"ring/file.go", "Len: 1}", "Len: 2}"}},
	},
	{
		Name: "break-beside-a-cut", Why: "a loop that is left beside a file that was cut panics",
		Package: "ring", Test: "TestALeftRangeSaysNothingOfACut/break",
		Edits: []Edit{{"ring/reader.go", "\t\tif more {\n\t\t\tyield(nil, err)\n\t\t}\n", "\t\tyield(nil, err)\n"}},
	},
	{
		Name: "never-spins-again", Why: "a side that has spun in vain never spins again",
		Package: "ring", Test: "TestALongSpinThatPaysBringsSpinningBack",
		Edits: []Edit{{"ring/wait.go", "s.waits%spinRetry == 0 {", "s.waits == spinRetry {"}},
	},
	{
		Name: "long-spin-brings-nothing-back", Why: "a long spin that pays does not bring spinning back",
		Package: "ring", Test: "TestALongSpinThatPaysBringsSpinningBack",
		Edits: []Edit{{"ring/wait.go", "\t\t\ts.budget = spinFull\n\t\t\treturn true\n", "\t\t\ts.budget = limit\n\t\t\treturn true\n"}},
	},
	{
		Name: "spins-for-25-ms", Why: "a spin in vain costs a thousand wake-ups",
		Package: "ring", Test: "TestASpinInVainIsShort",
		Edits: []Edit{{"ring/wait.go", "spinLong  = 25 * time.Microsecond", "spinLong  = 25 * time.Millisecond"}},
	},
	{
		Name: "populates-one-page", Why: "WithPopulate has hardly a page in place",
		Package: "ring", Test: "TestAPopulatedRingHasItsPagesInPlace",
		Edits: []Edit{{"ring/reserve_linux.go", "unix.Madvise(mem, unix.MADV_POPULATE_WRITE)", "unix.Madvise(mem[:1<<16], unix.MADV_POPULATE_WRITE)"}},
	},
}
