package planted

// commandBugs are bugs of the command line, results, reports and merging.
var commandBugs = []Bug{
	{"skipped-test-counts-as-caught", "a planted bug whose test was skipped is called caught", "internal/planted", "TestWhatCountsAsCaught/skipped", []Edit{
		{"internal/planted/tree.go", `case end == "fail":`, `case end == "fail" || end == "skip":`},
	}},
	{"hang-counts-as-caught", "a planted bug whose test was ended by the clock is called caught", "internal/planted", "TestAHangIsNotCaught", []Edit{
		{"internal/planted/tree.go", "case seen.late:", "case false:"},
	}},
	{"page-overlooks-missed-bugs", "the page calls a planted bug caught that one which must catch it has missed", "page", "TestCaughtIsWhatAllThatMustHaveCaught", []Edit{
		{"page/mutant.go", "return len(m.Missed) == 0 && ", "return "},
	}},
}
