package planted

// exploreBugs are bugs of exploring.
var exploreBugs = []Bug{
	{"others-run-unseen", "system calls of other threads are not looked at", "harness/explore", "TestAFlusherCanLeaveAnEmptyFile", []Edit{
		{"harness/explore/tracer_linux_amd64.go", "if t.following {", "if false {"},
	}},
	{"others-calls-are-private", "the state before a system call of another thread is left out", "harness/explore", "TestOtherGoroutinesAreFollowed/two-writers", []Edit{
		{"harness/explore/tracer_linux_amd64.go", "return !th.call.isPrivate(), nil", "return false, nil"},
	}},
	{"others-calls-have-no-end", "the state behind a system call of another thread is left out", "harness/explore", "TestOtherGoroutinesAreFollowed/two-writers", []Edit{
		{"harness/explore/tracer_linux_amd64.go", "return t.record(Leave, r, call, true)", "return nil"},
	}},
	{"others-mappings-unseen", "a mapping that another thread makes is not followed", "harness/explore", "TestOtherGoroutinesAreFollowed/other-maps", []Edit{
		{"harness/explore/tracer_linux_amd64.go", "\tif call.remaps() {\n\t\tclosed", "\tif false {\n\t\tclosed"},
	}},
	{"strangers-kill-is-an-end", "a SIGKILL of somebody else is taken for the victim's end", "harness/explore", "TestASIGKILLOfSomebodyElseDecidesNothing", []Edit{
		{"harness/explore/victim_linux_amd64.go", "return !v.sent && exit", "return v.sent && exit"},
	}},
	{"watchdog-counts-a-stop", "the watchdog counts the time in which its own process was stopped", "harness/explore", "TestTheWatchdogDoesNotCountAStop", []Edit{
		{"harness/explore/tracer_linux_amd64.go", "for range beats {", "for began := time.Now(); time.Since(began) < t.cfg.Watchdog; {"},
	}},
	{"stores-are-no-states", "a store that changes the image is left out", "harness/explore", "TestEnginesAgree/stores", []Edit{
		{"harness/explore/record_linux_amd64.go", "if kind == Store && !changed {", "if kind == Store {"},
	}},
	{"calls-have-no-end", "the state behind a system call is left out", "harness/explore", "TestEnginesAgree/write", []Edit{
		{"harness/explore/engines_linux_amd64.go", "\treturn t.record(Leave, r, call, false)\n", "\treturn nil\n"},
	}},
	{"fresh-mappings-unseen", "a mapping made within the operation is not followed", "harness/explore", "TestEnginesAgree/create", []Edit{
		{"harness/explore/engines_linux_amd64.go", "\tif call.remaps() {\n", "\tif false {\n"},
	}},
	{"killed-a-state-late", "the victim is killed at the state behind the one asked for", "harness/explore", "TestKillAtEveryState", []Edit{
		{"harness/explore/explore.go", "if s.Ordinal == ordinal {", "if s.Ordinal == ordinal+1 {"},
	}},
	{"old-file-is-watched", "a file that was replaced is watched on, and not the one at the path", "harness/explore", "TestEnginesAgree/replace", []Edit{
		{"harness/explore/ending_linux_amd64.go", "f.fd < 0 || f.dev != st.Dev || f.ino != st.Ino", "f.fd < 0"},
	}},
	{"no-file-is-an-empty-one", "no file and an empty file are one image", "harness/explore", "TestEnginesAgree/create", []Edit{
		{"harness/explore/trace.go", "\t\t\tn = -1\n", "\t\t\tn = 0\n"},
	}},
	{"no-file-equals-an-empty-one", "no file and an empty file are equal", "harness/explore", "TestImagesAndTracesDiffer", []Edit{
		{"harness/explore/trace.go", "return (a == nil) == (b == nil) && ", "return "},
	}},
	{"traces-never-differ", "two engines that see different states agree", "harness/explore", "TestImagesAndTracesDiffer", []Edit{
		{"harness/explore/trace.go", "\t\tif a != b {", "\t\tif false {"},
	}},
	{"end-mark-is-left", "a victim that is let go meets the end mark", "harness/explore", "TestDetachAtEveryState", []Edit{
		{"harness/explore/ending_linux_amd64.go", "[]byte{noOperation}", "[]byte{0xcc}"},
	}},
	{"bad-end-is-a-good-one", "a victim that fails after its operation is called finished", "harness/explore", "TestBadVictims/fails_after", []Edit{
		{"harness/explore/ending_linux_amd64.go", "if !t.exit.Exited() || t.exit.ExitStatus() != 0 {", "if !t.exit.Exited() {"},
	}},
	{"strangers-kill-is-decided", "exploring calls a bug found where a stranger killed the victim", "scenarios/explored", "TestWhatDecidesNothing", []Edit{
		{"scenarios/explored/explore.go", "explore.ErrSteps, explore.ErrKilled,", "explore.ErrSteps,"},
	}},
	{
		Name: "calls-cost-nothing", Why: "exploring accepts system calls that an operation has no reason for",
		Package: "scenarios/explored", Test: "TestCallsThatNothingAsksForAreFound/a_file_whose_size_is_set",
		Edits: []Edit{{"scenarios/explored/judge.go", "case c.Name != \"futex\" || !event || c.Args[1]&operation != wake:", "case c.Name == \"futex\" && (!event || c.Args[1]&operation != wake):"}},
	},
	{
		Name: "wakes-cost-nothing", Why: "exploring accepts a wake for every message",
		Package: "scenarios/explored", Test: "TestCallsThatNothingAsksForAreFound/a_wake_for_every_message",
		Edits: []Edit{{"scenarios/explored/judge.go", "case woken[c.Offset]:", "case false:"}},
	},
	{"shorter-trace-is-the-same", "a trace that ends early agrees with a whole one", "harness/explore", "TestImagesAndTracesDiffer", []Edit{
		{"harness/explore/trace.go", "range max(len(t.States), len(o.States))", "range min(len(t.States), len(o.States))"},
	}},
	{"messages-only-counted", "a death beside a live peer may cost any message if the number is right", "scenarios/explored", "TestMessagesAreComparedOneByOne", []Edit{
		{"scenarios/explored/judge.go", "if !bytes.Equal(a[i], b[i]) {\n\t\t\treturn false", "if len(a[i]) != len(b[i]) && !bytes.Equal(a[i], b[i]) {\n\t\t\treturn false"},
	}},
	{"refusals-not-compared", "a late reader may be refused what one in the same process opens", "scenarios/explored", "TestTwoAnswersDisagree", []Edit{
		{"scenarios/explored/live.go", "return (one == nil) != (other == nil)", "return one == nil && other != nil && one == other"},
	}},
}
