package planted

// soakBugs are bugs of soaking and its books.
var soakBugs = []Bug{
	{"strangers-kill-is-a-finding", "the soak takes somebody else's SIGKILL for a process's own end", "scenarios/soaked", "TestAStrangersKillDecidesNothing", []Edit{
		{"harness/soak/round.go", "if d := errors.Join(disturbed...); d != nil {", "if d := errors.Join(disturbed...); d != nil && false {"},
		{"harness/soak/round.go", "lacks || errors.Is(err, harness.ErrDisturbed)", "lacks && errors.Is(err, harness.ErrDisturbed)"},
		{"harness/soak/round.go", "errors.Is(err, harness.ErrExited) {", "errors.Is(err, harness.ErrExited) || errors.Is(err, harness.ErrDisturbed) {"},
	}},
	{"lack-is-a-finding", "the soak takes a full disk for a fault of what it soaks", "harness/soak", "TestWhatAnErrorIsWorth", []Edit{
		{"harness/soak/round.go", "lacks || errors.Is(err, harness.ErrDisturbed)", "lacks && errors.Is(err, harness.ErrDisturbed)"},
	}},
	{"finding-is-unknown", "the soak is not certain of what is certain", "harness/soak", "TestWhatAnErrorIsWorth", []Edit{
		{"harness/soak/round.go", "if errors.Is(err, errCertain) || ", "if "},
	}},
	{"one-look-is-a-sleep", "the soak believes in a stall after one look", "harness/soak", "TestASleepIsProvenByMoreThanOneLook", []Edit{
		{"harness/soak/round.go", "s.seen >= 2", "s.seen >= 1"},
	}},
	{"any-sleep-is-the-same", "the soak takes two sleeps for one", "harness/soak", "TestASleepIsProvenByMoreThanOneLook", []Edit{
		{"harness/soak/round.go", "s.forever, s.seen = w.Sleeps, 1", "s.forever, s.seen = w.Sleeps, s.seen+1"},
	}},
	{"one-poll-is-enough", "the soak believes that a process that polled once will find nothing", "harness/soak", "TestASleepIsProvenByMoreThanOneLook", []Edit{
		{"harness/soak/round.go", "len(s.polls) >= 3", "len(s.polls) >= 1"},
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
		{"harness/soak/ledger/books.go", "if err == nil && missed > s.InHand {", "if err == nil && missed > s.InHand+1 {"},
	}},
	{"held-need-not-come-again", "what a dead reader held need not come again", "harness/soak/ledger", "TestFirst", []Edit{
		{"harness/soak/ledger/books.go", "if s.Again || heldErr", "if heldErr"},
	}},
	{"schedule-forgets-its-seed", "a schedule cannot be run again", "harness/soak", "TestScheduleFollowsFromSeedAndNumber", []Edit{
		{"harness/soak/schedule.go", "uint64(seed)", "uint64(seed)|1"},
	}},
	{"dead-writers-messages-flow", "messages of a dead writer count as those of the living", "harness/soak", "TestMessagesFlowIfTheLivingSendAndTake", []Edit{
		{"harness/soak/round.go", " && last.Life() == writer", ""},
	}},
	{"same-message-flows", "a message that was taken before counts as a new one", "harness/soak", "TestMessagesFlowIfTheLivingSendAndTake", []Edit{
		{"harness/soak/round.go", " && last != taken", " && taken == taken"},
	}},
	{"unsent-messages-flow", "messages flow though the writer has sent none", "harness/soak", "TestMessagesFlowIfTheLivingSendAndTake", []Edit{
		{"harness/soak/round.go", "r.books.Sent(writer).Done > sent && ", "sent == sent && "},
	}},
	{"unread-gap-passes", "a gap among unread messages passes", "harness/soak", "TestWhatADeathLeaves", []Edit{
		{"harness/soak/round.go", "err = books.Follows(before, id)", "_ = books.Follows(before, id)"},
	}},
	{"readers-stand-forgotten", "what is left for a dead reader's successor may begin anywhere", "harness/soak", "TestWhatADeathLeaves", []Edit{
		{"harness/soak/round.go", "case s.strikes(Reader):", "case s.strikes(Reader) && false:"},
	}},
	{"unread-bytes-unchecked", "unread messages may hold any byte", "harness/soak", "TestWhatADeathLeaves", []Edit{
		{"harness/soak/round.go", "case err != nil:\n\t\tcase i > 0:", "case err != nil:\n\t\t\terr = nil\n\t\tcase i > 0:"},
	}},
	{"unsound-file-passes", "what a death has left is not looked at", "harness/soak", "TestWhatNobodyHasReadIsChecked/is_no_queue", []Edit{
		{"harness/soak/round.go", "if err != nil {\n\t\treturn certain(\"after the death of %v: %w\"", "if false {\n\t\treturn certain(\"after the death of %v: %w\""},
	}},
	{"own-end-is-a-kill", "a victim that ended by itself counts as killed", "harness/soak", "TestAKillThatComesTooLate", []Edit{
		{"harness/soak/round.go", "if !exit.Killed() {", "if !exit.Killed() && false {"},
	}},
	{"stall-beside-a-change", "a stall is proven though a byte changes within the look", "harness/soak", "TestAStallIsProvenByWhatDoesNotChange", []Edit{
		{"harness/soak/round.go", "if proven = proven && s.same(r); proven {", "if proven {"},
	}},
	{"stall-of-changing-books", "a stall is proven though the books change", "harness/soak", "TestAStallIsProvenByWhatDoesNotChange", []Edit{
		{"harness/soak/round.go", " && bytes.Equal(books, s.books)", ""},
	}},
	{"blind-is-a-stall", "processes that cannot be seen are asleep", "harness/soak", "TestAStallIsProvenByWhatDoesNotChange", []Edit{
		{"harness/soak/round.go", "s.blind = err\n\t\t\treturn false", "s.blind = err\n\t\t\ta.seen = 2\n\t\t\tcontinue"},
	}},
	{"left-messages-pass", "messages behind the last one pass", "harness/soak", "TestEveryRuleIsHeld/goes_on_pop", []Edit{
		{"harness/soak/round.go", "if err == nil && len(left) > 0 {", "if false {"},
	}},
	{"books-of-the-dead-unread", "what a dead writer has booked is not checked", "harness/soak", "TestBooksOfTheDeadAreChecked", []Edit{
		{"harness/soak/round.go", "if err := books.Ended(r.lives[Writer]); err != nil {", "if err := books.Ended(r.lives[Writer]); false {"},
	}},
	{"own-end-unseen", "a process that ends by itself is not missed", "harness/soak", "TestAKillThatComesTooLate", []Edit{
		{"harness/soak/round.go", "if err := e.child.Ending(); err != nil {", "if err := e.child.Ending(); false {"},
	}},
	{"end-of-work-unseen", "a process that stops working is not missed", "harness/soak", "TestWorkThatEndsIsMissed", []Edit{
		{"harness/soak/round.go", "case i == len(e.calls)-1 && !finishing:", "case i < 0 && !finishing:"},
	}},
	{"error-of-work-unseen", "an operation that fails is not missed", "harness/soak", "TestEveryRuleIsHeld/fails_pop", []Edit{
		{"harness/soak/round.go", "case reply.Error != \"\":", "case false:"},
	}},
	{"soak-unable-to-kill", "the soak begins where it cannot kill", "harness/soak", "TestProcessesThatCannotBeKilled", []Edit{
		{"harness/soak/campaign.go", "if err := c.canStrike(ctx); err != nil {", "if err := c.canStrike(ctx); false {"},
	}},
	{"repeated-uncounted", "messages that come again are not counted", "harness/soak", "TestWhatADeathHasCostIsCounted", []Edit{
		{"harness/soak/ledger/boxes.go", "i.ledger.reader(i.life, wordRepeated).Store(repeated)", "_ = repeated"},
	}},
}
