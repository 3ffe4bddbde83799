package planted

// soakBugs are bugs of soaking and its books.
var soakBugs = []Bug{
	{"strangers-kill-is-a-finding", "the soak takes somebody else's SIGKILL for a process's own end", "scenarios/soaked", "TestAStrangersKillDecidesNothing", []Edit{
		{"harness/soak/strike.go", "if d := errors.Join(disturbed...); d != nil {", "if d := errors.Join(disturbed...); d != nil && false {"},
	}},
	{"lack-is-a-finding", "the soak takes a full disk for a fault of what it soaks", "harness/soak", "TestWhatAnErrorIsWorth", []Edit{
		{"harness/soak/strike.go", "lacks || errors.Is(err, harness.ErrDisturbed)", "lacks && errors.Is(err, harness.ErrDisturbed)"},
	}},
	{"finding-is-unknown", "the soak is not certain of what is certain", "harness/soak", "TestWhatAnErrorIsWorth", []Edit{
		{"harness/soak/strike.go", "if errors.Is(err, errCertain) || ", "if "},
	}},
	{"one-look-is-a-sleep", "the soak believes in a stall after one look", "harness/soak", "TestASleepIsProvenByMoreThanOneLook", []Edit{
		{"harness/soak/stuck.go", "s.seen >= 2", "s.seen >= 1"},
	}},
	{"any-sleep-is-the-same", "the soak takes two sleeps for one", "harness/soak", "TestASleepIsProvenByMoreThanOneLook", []Edit{
		{"harness/soak/stuck.go", "s.forever, s.seen = w.Sleeps, 1", "s.forever, s.seen = w.Sleeps, s.seen+1"},
	}},
	{"one-poll-is-enough", "the soak believes that a process that polled once will find nothing", "harness/soak", "TestASleepIsProvenByMoreThanOneLook", []Edit{
		{"harness/soak/stuck.go", "len(s.polls) >= 3", "len(s.polls) >= 1"},
	}},
	{"gap-passes", "the books see no gap between two messages", "harness/soak/ledger", "TestInboxChecksWhatComes", []Edit{
		{"harness/soak/ledger/books.go", "\tif skipped > 0 {\n", "\tif skipped > 1<<32 {\n"},
	}},
	{"old-message-passes", "the books take a message that comes again", "harness/soak/ledger", "TestSkipped", []Edit{
		{"harness/soak/ledger/books.go", "case id <= before:", "case id < before:"},
	}},
	{"message-never-sent-passes", "the books take a message that nobody has sent", "harness/soak/ledger", "TestSkipped", []Edit{
		{"harness/soak/ledger/books.go", "id.Number() < 1 || id.Number() > s.Begun:", "id.Number() < 1:"},
	}},
	{"lives-between-are-forgotten", "the books do not miss the messages of a life that was left out", "harness/soak/ledger", "TestSkipped", []Edit{
		{"harness/soak/ledger/books.go", "for life := before.Life() + 1; life < id.Life(); life++ {\n\t\tskipped", "for life := before.Life() + 2; life < id.Life(); life++ {\n\t\tskipped"},
	}},
	{"any-number-at-once", "a writer may have begun more than it sends at once", "harness/soak/ledger", "TestEnded", []Edit{
		{"harness/soak/ledger/books.go", "case s.Begun-s.Done > s.Most:", "case s.Begun-s.Done > s.Most+1:"},
	}},
	{"more-done-than-begun", "a writer may have sent more than it has begun", "harness/soak/ledger", "TestEnded", []Edit{
		{"harness/soak/ledger/books.go", "case s.Done > s.Begun:", "case s.Done > s.Begun+1<<32:"},
	}},
	{"last-need-not-arrive", "a round ends well though the last message has not arrived", "harness/soak/ledger", "TestDrained", []Edit{
		{"harness/soak/ledger/books.go", "; last != want {", "; last > want {"},
	}},
	{"byte-is-not-looked-at", "a message with one wrong byte at its end is right", "harness/soak/ledger", "TestReadFindsEveryByte", []Edit{
		{"harness/soak/ledger/format.go", "if !bytes.Equal(msg, want) {", "if !bytes.Equal(msg[:len(msg)-1], want[:len(msg)-1]) {"},
	}},
	{"length-is-not-looked-at", "a message that is too short is right", "harness/soak/ledger", "TestReadFindsEveryByte", []Edit{
		{"harness/soak/ledger/format.go", "len(msg) != want {", "len(msg) > want {"},
	}},
	{"more-missing-than-in-hand", "a reader's death may cost more messages than it had in its hand", "harness/soak/ledger", "TestFirst", []Edit{
		{"harness/soak/ledger/stand.go", "if err == nil && missed > s.InHand {", "if err == nil && missed > s.InHand+1 {"},
	}},
	{"held-need-not-come-again", "what a dead reader held need not come again", "harness/soak/ledger", "TestFirst", []Edit{
		{"harness/soak/ledger/stand.go", "if s.Again || heldErr", "if heldErr"},
	}},
	{"schedule-forgets-its-seed", "a schedule cannot be run again", "harness/soak", "TestScheduleFollowsFromSeedAndNumber", []Edit{
		{"harness/soak/schedule.go", "uint64(seed)", "uint64(seed)|1"},
	}},
}
