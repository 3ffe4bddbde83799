package planted

// childBugs are bugs of starting, arming, killing and observing children.
var childBugs = []Bug{
	{
		Name: "strangers-kill-just-before-ours", Why: "a SIGKILL to the process is not told from the harness's to a thread",
		Package: "harness", Test: "TestSomebodyElsesKillIsNoDeathOfTheChilds/parked,_just_before_the_harness",
		Edits: []Edit{{"harness/child.go", "whole := exit.Killed() && toProcess(c.pid)", "whole := false"}},
	},
	{
		Name: "strangers-kill-believed", Why: "a SIGKILL that nobody has announced is taken for the harness's",
		Package: "harness", Test: "TestSomebodyElsesKillIsNoDeathOfTheChilds",
		Edits: []Edit{{"harness/death.go", "case whole || !p.killed && !p.own:", "case whole && !p.killed && !p.own && p.mayStop:"}},
	},
	{
		Name: "armed-selfkill-explains", Why: "a child armed to kill itself is believed to have done it while it waits",
		Package: "harness", Test: "TestSomebodyElsesKillIsNoDeathOfTheChilds/one_thread_of_it,_before_it_kills_itself",
		Edits: []Edit{{"harness/death.go", "\tif h.Action == control.Stop {\n", "\tp.own = h.Action == control.SelfKill\n\tif h.Action == control.Stop {\n"}},
	},
	{
		Name: "selfkill-not-announced", Why: "a child that kills itself does not say so",
		Package: "harness", Test: "TestWhatTheHarnessSendsDisturbsNobody/selfkill",
		Edits: []Edit{{"harness/agent/arm.go", "\ts.send(control.Event{Dies: true})\n", ""}},
	},
	{
		Name: "strangers-stop-believed", Why: "every SIGSTOP is taken for the harness's",
		Package: "harness", Test: "TestSomebodyElsesStopIsSeen/stopped",
		Edits: []Edit{{"harness/death.go", "sig == unix.SIGSTOP && p.mayStop", "sig == unix.SIGSTOP"}},
	},
	{
		Name: "strangers-continue-believed", Why: "every SIGCONT is taken for the harness's",
		Package: "harness", Test: "TestSomebodyElsesStopIsSeen/continued",
		Edits: []Edit{{"harness/death.go", "\tif p.mayGoOn {\n", "\tif true {\n"}},
	},
	{
		Name: "stop-credit-kept", Why: "a stop that the harness has sent long ago explains somebody else's",
		Package: "harness", Test: "TestSomebodyElsesStopIsSeen/stopped_after_a_stop_too_many",
		Edits: []Edit{{"harness/child.go", "c.signals.mayStop, c.signals.mayGoOn = false, true", "c.signals.mayGoOn = true"}},
	},
	{
		Name: "sender-not-said", Why: "the timeline does not say who has sent the SIGKILL",
		Package: "harness", Test: "TestWhatTheHarnessSendsDisturbsNobody/kill",
		Edits: []Edit{{"harness/death.go", "p.sender = \"sent by the harness\"\n", "p.sender = \"\"\n"}},
	},
	{
		Name: "disturbed-is-exited", Why: "a death by somebody else's kill is told as the child's",
		Package: "harness", Test: "TestSomebodyElsesKillIsNoDeathOfTheChilds/in_a_call",
		Edits: []Edit{{"harness/child.go", "if err := c.killedByOther(); err != nil {", "if err := c.killedByOther(); false {"}},
	},
	{
		Name: "kill-ends-the-group", Why: "what the victim has started dies with it, as in no crash",
		Package: "harness", Test: "TestWhatAChildHasStartedDelaysNobody/fork/kill",
		Edits: []Edit{{"harness/child.go", "err := unix.Tgkill(c.pid, c.pid, sig)", "err := unix.Kill(-c.pid, sig)"}},
	},
	{
		Name: "denied-pidfd-not-done-without", Why: "where pidfd_send_signal is denied nothing can be stopped",
		Package: "harness", Test: "TestDeniedSignals/pidfd_send_signal/EPERM",
		Edits: []Edit{{"harness/child.go", "\t\treturn unix.Kill(c.pid, sig)\n", "\t\treturn err\n"}},
	},
	{
		Name: "denied-signals-not-said", Why: "CanSignal says yes where signals are denied",
		Package: "harness", Test: "TestDeniedSignals/all/EPERM",
		Edits: []Edit{{"harness/child.go", "\tif err != nil {\n\t\treturn fmt.Errorf(\"a child could", "\tif false {\n\t\treturn fmt.Errorf(\"a child could"}},
	},
	{
		Name: "any-end-of-a-parked-victim", Why: "a parked victim that ended of something else passes as killed",
		Package: "harness", Test: "TestOtherDeathsAreErrors/killed_by_another",
		Edits: []Edit{{"harness/death.go", "\t\texit, err = c.Kill()\n\t\tasked = exit.Killed()", "\t\texit, err = c.Kill()\n\t\tasked = true"}},
	},
	{
		Name: "exit-2-is-a-panic", Why: "exit code 2 passes for the panic that was asked for",
		Package: "harness", Test: "TestOnlyThePanicAskedForIsADeath/exit",
		Edits: []Edit{{"harness/death.go", "asked = exit == Exit{Code: 2} && panicked(c.Output(), control.PanicText(a.Site))", "asked = exit == Exit{Code: 2}"}},
	},
	{
		Name: "panic-text-is-a-panic", Why: "a program that prints the panic and goes on to exit passes for one that died of it",
		Package: "harness", Test: "TestOnlyThePanicAskedForIsADeath/exit",
		Edits: []Edit{{"harness/death.go", "return said && died", "return said || died"}},
	},
	{
		Name: "another-panic-passes", Why: "a panic of the clean-up passes for the one that was asked for",
		Package: "harness", Test: "TestOnlyThePanicAskedForIsADeath/panic",
		Edits: []Edit{{"harness/death.go", "ok && !strings.HasPrefix(other, text)", "ok && other == text"}},
	},
	{
		Name: "any-hit-will-do", Why: "a victim that stands at another hit of its site is taken",
		Package: "harness", Test: "TestAnotherHitIsNotTheOneAskedFor",
		Edits: []Edit{{"harness/death.go", "if h.Arm == a {", "if h.Site == a.Site {"}},
	},
	{
		Name: "hit-counted-early", Why: "a site acts one hit too early",
		Package: "harness", Test: "TestOnlyTheHitAskedForParks",
		Edits: []Edit{{"harness/agent/arm.go", "hit := at.hits\n", "hit := at.hits + 1\n"}},
	},
	{
		Name: "later-arm-given-up", Why: "an arm that outlasts the calls is given up with them",
		Package: "harness", Test: "TestSiteMayBePassedAfterTheCalls/in_the_background",
		Edits: []Edit{{"harness/death.go", "c.idle() && !a.Later && !c.hungUp", "c.idle() && !c.hungUp"}},
	},
	{
		Name: "later-arm-never-decided", Why: "a child that has ended leaves open whether its site was reached",
		Package: "harness", Test: "TestSiteMayBePassedAfterTheCalls/never",
		Edits: []Edit{{"harness/death.go", "ended && exit == (Exit{}) && c.Idle()", "ended && exit != (Exit{}) && c.Idle()"}},
	},
	{
		Name: "errno-lost-in-the-child", Why: "a reply has no errno",
		Package: "harness", Test: "TestLackOfTheMachineIsTold",
		Edits: []Edit{{"harness/agent/session.go", "reply.Error, reply.Errno = err.Error(), errnoOf(err)", "reply.Error = err.Error()"}},
	},
	{
		Name: "full-disk-is-no-lack", Why: "ENOSPC is held against the program",
		Package: "harness", Test: "TestLackOfTheMachineIsTold",
		Edits: []Edit{{"harness/child.go", "\tunix.ENOSPC, unix.EDQUOT,", "\tunix.EDQUOT,"}},
	},
	{
		Name: "never-reached-hides-the-lack", Why: "a site that a full disk keeps from being reached is said to be never reached",
		Package: "harness", Test: "TestCallThatFailedIsSaidWhereNobodyArrives/for_want_of_space",
		Edits: []Edit{{"harness/death.go", "if _, lacks := Lack(err); lacks {", "if false {"}},
	},
	{
		Name: "never-reached-hides-the-call", Why: "why a site was never reached is not said",
		Package: "harness", Test: "TestCallThatFailedIsSaidWhereNobodyArrives/for_another_reason",
		Edits: []Edit{{"harness/death.go", "\tif len(failed) == 0 {\n", "\tif len(failed) < 2 {\n"}},
	},
	{
		Name: "fork-errno-not-a-lack", Why: "a start for which there is no process left says nothing of the machine",
		Package: "harness", Test: "TestStartThatLacksSomethingSaysWhat",
		Edits: []Edit{{"harness/child.go", "(errno == unix.EAGAIN || slices.Contains(lacks, errno))", "slices.Contains(lacks, errno)"}},
	},
	{
		Name: "environment-inherited", Why: "failpoints of the caller are live in children",
		Package: "harness", Test: "TestChildrenDoWhatTheHarnessMeans",
		Edits: []Edit{{"harness/child.go", "inherit.Environment(cfg.Env), cfg.Dir", "append(os.Environ(), cfg.Env...), cfg.Dir"}},
	},
	{
		Name: "descriptors-inherited", Why: "a lock that the caller holds stays held by a parked victim",
		Package: "harness", Test: "TestChildrenGetNoDescriptorsButTheirOwn",
		Edits: []Edit{{"harness/internal/inherit/inherit.go", "const first = 3", "const first = 1 << 20"}},
	},
	{
		Name: "asleep-beside-a-changing-file", Why: "a sleep is believed while the file still changes",
		Package: "harness", Test: "TestSleepBesideAFileThatChangesDecidesNothing",
		Edits: []Edit{{"harness/observe.go", "bytes.Equal(before, after)", "bytes.Equal(after, after)"}},
	},
	{
		Name: "polling-after-one-sleep", Why: "one sleep with an end is taken for polling",
		Package: "harness", Test: "TestWhatIsNotSettledStaysOpen/one_sleep_that_has_an_end",
		Edits: []Edit{{"harness/observe.go", "len(sleeps) >= 3", "len(sleeps) >= 1"}},
	},
	{
		Name: "one-sleep-counted-again", Why: "the same sleep is counted at each look",
		Package: "harness", Test: "TestWhatIsNotSettledStaysOpen/one_sleep_that_has_an_end",
		Edits: []Edit{{"harness/observe.go", "\t\t\t\tif !sleeps[w.Sleeps] {\n\t\t\t\t\tsleeps[w.Sleeps] = true", "\t\t\t\t{\n\t\t\t\t\tsleeps[int64(len(sleeps))] = true"}},
	},
	{
		Name: "asleep-on-any-word", Why: "a sleep on another word settles the call",
		Package: "harness", Test: "TestWhatIsNotSettledStaysOpen/a_sleep_on_another_word",
		Edits: []Edit{{"harness/observe.go", "if w.Offset != word {", "if w.Offset < 0 {"}},
	},
	{
		Name: "settled-by-the-dying", Why: "a child that cannot go on settles its call",
		Package: "harness", Test: "TestNobodySettlesWhoCannotGoOn",
		Edits: []Edit{{"harness/observe.go", "\t\tif fatal != \"\" {\n", "\t\tif fatal == \"none\" {\n"}},
	},
	{
		Name: "sleep-believed-after-one-look", Why: "a thread that was woken meanwhile is seen asleep",
		Package: "harness", Test: "TestSleepIsOneAndTheSameBeforeAndAfter/woken_meanwhile",
		Edits: []Edit{{"harness/observe.go", "after == 'S' && again == sleeps", "after != 0 && again == sleeps"}},
	},
	{
		Name: "two-sleeps-taken-for-one", Why: "a thread that has slept anew is seen in the sleep before",
		Package: "harness", Test: "TestSleepIsOneAndTheSameBeforeAndAfter/in_another_sleep_by_then",
		Edits: []Edit{{"harness/observe.go", "after == 'S' && again == sleeps", "after == 'S' && again >= sleeps"}},
	},
	{
		Name: "babble-skipped", Why: "events behind a line that is none are believed",
		Package: "harness", Test: "TestNothingIsBelievedBehindALineThatIsNoEvent",
		Edits: []Edit{{"harness/child.go", "\t\t\tc.babble, c.partial = true, nil\n", "\t\t\tcontinue\n"}},
	},
	{
		Name: "end-of-role-lost", Why: "an end of the role that fails is not said",
		Package: "harness", Test: "TestEndOfTheRoleThatFailsIsSaid",
		Edits: []Edit{{"harness/child.go", "c.closingFailed = e.Closing", "c.closingFailed = nil"}},
	},
	{
		Name: "poor-runtime-blamed", Why: "a runtime that gets no thread is held against the program",
		Package: "harness", Test: "TestRuntimeThatLacksSomethingIsKnown",
		Edits: []Edit{{"harness/child.go", "return syscall.Errno(n)", "return syscall.Errno(n - n)"}},
	},
	{
		Name: "late-answer-lost", Why: "an answer that is there does not count once the time is over",
		Package: "harness", Test: "TestAnswerThatIsThereCountsHoweverLate",
		Edits: []Edit{{"harness/child.go", `last = fmt.Errorf("%w (%v)", ErrDeadline, context.Cause(ctx))`, `return c.wrap(what, fmt.Errorf("%w (%v)", ErrDeadline, context.Cause(ctx)))`}},
	},
	{
		Name: "last-words-lost", Why: "a child is dead before what it said last is read",
		Package: "harness", Test: "TestAllThatAChildHasSaidCounts",
		Edits: []Edit{{"harness/child.go", "\tc.drain()\n\tby := \"\"", `	by := ""`}},
	},
	{
		Name: "long-event-lost", Why: "an event that is read in pieces is lost",
		Package: "harness", Test: "TestEventMayBeLongerThanThePipe",
		Edits: []Edit{{"harness/child.go", "c.partial = append(c.partial, piece...)", "c.partial = append([]byte{}, piece...)"}},
	},
	{
		Name: "busy-child-is-idle", Why: "a child that is parked has done all its calls",
		Package: "harness", Test: "TestParkedChildIsNotIdle",
		Edits: []Edit{{"harness/child.go", "\treturn len(c.replies) == c.calls\n", "\treturn len(c.replies) <= c.calls\n"}},
	},
	{
		Name: "releases-are-replayed", Why: "a replay does not wait at its site",
		Package: "harness", Test: "TestParkedChildIsNotIdle",
		Edits: []Edit{{"harness/child.go", "if !cmd.Release && !cmd.Stacks {", "if !cmd.Stacks {"}},
	},
	{
		Name: "another-file-of-that-name", Why: "a sleep on a file that was replaced is one on the new file",
		Package: "harness", Test: "TestFileOfTheSameNameIsAnotherFile",
		Edits: []Edit{{"harness/observe.go", "if st.Ino != 0 && st.Ino != inode {", "if false {"}},
	},
	{
		Name: "stale-mapping", Why: "a mapping that was found once is that of the path for ever",
		Package: "harness", Test: "TestFileOfTheSameNameIsAnotherFile",
		Edits: []Edit{{"harness/observe.go", "if ok && (st.Ino == 0 || st.Ino == r.inode) {", "if ok {"}},
	},
	{
		Name: "another-version-taken", Why: "a child that was built from other sources is taken",
		Package: "harness", Test: "TestChildOfAnotherVersionIsRefused",
		Edits: []Edit{{"harness/child.go", " || e.Hello.Version != control.Version {", " {"}},
	},
	{
		Name: "interruption-not-said", Why: "a signal that interrupts a sleep leaves no trace",
		Package: "harness", Test: "TestSignalThatInterruptsASleepIsSeen",
		Edits: []Edit{{"harness/agent/session.go", "\t\ts.interrupted()\n", ""}},
	},
	{
		Name: "hands-not-emptied", Why: "an operation holds what the one before has held",
		Package: "harness/agent", Test: "TestNobodyHoldsWhatTheLastCallHeld",
		Edits: []Edit{{"harness/agent/session.go", "\ts.Holding(nil)\n", ""}},
	},
	{
		Name: "flagged-sleep-not-seen", Why: "a sleep whose call has a flag is not seen",
		Package: "harness", Test: "TestSleepIsOneAndTheSameBeforeAndAfter",
		Edits: []Edit{{"harness/observe.go", "futexFlags      = 128 | 256", "futexFlags      = 0"}},
	},
	{
		Name: "timeline-split", Why: "each child of a test has a timeline to itself under Ginkgo",
		Package: "harness/harnesstest", Test: "TestTestThatIsAnotherValueEachTimeHasOneTimeline",
		Edits: []Edit{{"harness/harnesstest/harnesstest.go", "timelines.LoadOrStore(name, made)", "timelines.LoadOrStore(t, made)"}},
	},
	{
		Name: "death-behind-a-stop", Why: "a process that dies between the look at its stop and the taking of it ends the harness",
		Package: "harness", Test: "TestAStopOfAProcessThatHasDiedIsNoNews",
		Edits: []Edit{{"harness/child.go", "if err == unix.ECHILD {\n\t\treturn 0, 0, nil", "if err == unix.ECHILD {\n\t\treturn 0, 0, err"}},
	},
}
