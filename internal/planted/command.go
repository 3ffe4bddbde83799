package planted

// commandBugs are bugs of the command line, results, reports and merging.
var commandBugs = []Bug{
	{
		Name: "pass-of-an-empty-list", Why: "a pass with an empty list of facts stays one",
		Package: "harness/report", Test: "TestAPassIsProvenByItsFacts/no_facts",
		Edits: []Edit{{"harness/report/read.go", "case r.Evidence == nil || len(r.Evidence.Facts) == 0:", "case r.Evidence == nil:"}},
	},
	{
		Name: "pass-with-a-wrong-fact", Why: "a pass with a fact that is not as expected stays one",
		Package: "harness/report", Test: "TestAPassIsProvenByItsFacts/another_was_seen",
		Edits: []Edit{{"harness/report/read.go", "if !f.Right() {", "if f.Seen == nil || f.Want == nil {"}},
	},
	{
		Name: "fact-without-expectation", Why: "a fact that nobody expected is right",
		Package: "harness/report", Test: "TestAPassIsProvenByItsFacts/not_expected",
		Edits: []Edit{{"harness/report/evidence.go", "return f.Seen != nil && f.Want != nil && *f.Seen == *f.Want", "return f.Seen != nil && (f.Want == nil || *f.Seen == *f.Want)"}},
	},
	{
		Name: "verdict-of-any-word", Why: "a word that is no verdict is read as one",
		Package: "harness/report", Test: "TestAVerdictThatIsNoneIsRefused",
		Edits: []Edit{{"harness/report/read.go", "if r.Verdict != Pass && r.Verdict != Fail && r.Verdict != Unknown {", `if r.Verdict == "" {`}},
	},
	{
		Name: "sums-not-compared", Why: "of the sums in a file, only the number of cells is compared",
		Package: "harness/report", Test: "TestAVerdictThatIsNoneIsRefused",
		Edits: []Edit{{"harness/report/read.go", "*m.Sums != is {", "m.Sums.Cells != is.Cells {"}},
	},
	{
		Name: "device-read-as-results", Why: "results are read from what has no end",
		Package: "harness/report", Test: "TestOnlyAFileOfResultsIsRead",
		Edits: []Edit{{"harness/report/read.go", "if !info.Mode().IsRegular() {", "if info.Mode().IsDir() {"}},
	},
	{
		Name: "unknown-counted-as-pass", Why: "a verdict that is neither pass nor fail is counted as a pass",
		Package: "harness/report", Test: "TestVerdictsAreCounted",
		Edits: []Edit{{"harness/report/report.go", "\t\t\tunknown++", "\t\t\tpass++"}},
	},
	{
		Name: "nothing-passes", Why: "a matrix without cells has passed",
		Package: "harness/report", Test: "TestVerdictsAreCounted/nothing",
		Edits: []Edit{{"harness/report/report.go", "return pass == len(m.Cells) && pass > 0", "return pass == len(m.Cells)"}},
	},
	{
		Name: "merge-overlooks-missing", Why: "a cell that is in no shard is overlooked",
		Package: "harness/report", Test: "TestMergeChecksEveryCell/missing",
		Edits: []Edit{{"harness/report/report.go", `problems = append(problems, fmt.Errorf("cell %s is missing", id))`, ""}},
	},
	{
		Name: "merge-overlooks-doubled", Why: "a cell that is in two shards is overlooked",
		Package: "harness/report", Test: "TestMergeChecksEveryCell/doubled",
		Edits: []Edit{{"harness/report/report.go", "\t\tcase 1:\n", "\t\tcase 1, 2:\n"}},
	},
	{
		Name: "merge-overlooks-strangers", Why: "a cell that the matrix does not have is overlooked",
		Package: "harness/report", Test: "TestMergeChecksEveryCell/strangers",
		Edits: []Edit{{"harness/report/report.go", "strangers = append(strangers, id)", "_ = append(strangers, id)"}},
	},
	{
		Name: "merge-overlooks-a-shard", Why: "as many shards are expected as there are",
		Package: "harness/report", Test: "TestMissingShardIsNamed",
		Edits: []Edit{{"harness/report/report.go", "total = max(total, n)", "total = max(total, min(n, len(shards)))"}},
	},
	{
		Name: "junit-without-failure", Why: "a cell that failed is no failure in JUnit",
		Package: "harness/report", Test: "TestJUnitIsReadBack",
		Edits: []Edit{{"harness/report/report.go", "c.Failure = &reporters", "_ = &reporters"}},
	},
	{
		Name: "junit-without-error", Why: "a cell that is unknown is no error in JUnit",
		Package: "harness/report", Test: "TestJUnitIsReadBack",
		Edits: []Edit{{"harness/report/report.go", "c.Error = &reporters", "_ = &reporters"}},
	},
	{
		Name: "best-run-kept", Why: "of several runs of a cell the best is kept",
		Package: "harness/report", Test: "TestWorseKeepsWhatSaysMost",
		Edits: []Edit{{"harness/report/report.go", "if of(m.Cells[i]) > of(r) {", "if of(m.Cells[i]) < of(r) {"}},
	},
	{
		Name: "page-passes-a-hole", Why: "a run without one of its shards is sound on the page",
		Package: "page", Test: "TestRunWithAHoleDidNotPass",
		Edits: []Edit{{"page/run.go", "len(r.Missing)+len(r.Doubled) == 0", "len(r.Doubled) == 0"}},
	},
	{
		Name: "page-counts-missed-as-caught", Why: "a planted bug that one has caught and another missed is caught",
		Package: "page", Test: "TestCaughtIsWhatAllThatMustHaveCaught",
		Edits: []Edit{{"harness/report/planted.go", "return len(c.Missed) == 0 && len(c.By()) > 0", "return len(c.By()) > 0"}},
	},
	{
		Name: "unknown-catches", Why: "a planted bug is caught by a cell that could not tell",
		Package: "cmd/killpoint", Test: "TestOnlyAFailThatSaysWhatIsWrongCatches",
		Edits: []Edit{{"cmd/killpoint/mutants.go", "if r.Verdict == scenarios.Fail && len(r.Detail) > 0 {", "if r.Verdict != scenarios.Pass && len(r.Detail) > 0 {"}},
	},
	{
		Name: "missed-bug-is-green", Why: "mutants exits 0 though a bug was missed",
		Package: "cmd/killpoint", Test: "TestTallyIsRedIfOneIsMissed",
		Edits: []Edit{{"cmd/killpoint/mutants.go", "\tif missed > 0 {\n", "\tif missed == len(all) {\n"}},
	},
	{
		Name: "judge-keeps-a-bare-pass", Why: "the judge passes saved evidence that has no facts",
		Package: "cmd/killpoint", Test: "TestJudgeAppliesTodaysExpectations/a_pass_without_facts",
		Edits: []Edit{{"scenarios/evidence.go", "if r.Cell = c; r.Verdict == Pass {", "if r.Cell = c; false {"}},
	},
	{
		Name: "judge-is-green-with-unknown", Why: "the judge exits 0 unless something failed",
		Package: "cmd/killpoint", Test: "TestJudgeAppliesTodaysExpectations/ended_early",
		Edits: []Edit{{"cmd/killpoint/report.go", "if counts[report.Pass] < len(all) {", "if counts[report.Fail] > 0 {"}},
	},
	{
		Name: "judge-takes-a-cell-twice", Why: "the judge counts a cell twice that is in a file twice",
		Package: "cmd/killpoint", Test: "TestJudgeRefuses",
		Edits: []Edit{{"cmd/killpoint/report.go", "if seen[row.ID] {", "if seen[row.ID] && m.Interrupted {"}},
	},
	{
		Name: "run-is-green-with-unknown", Why: "the exit code is 0 unless a cell failed",
		Package: "cmd/killpoint", Test: "TestMergeWantsEveryCellOnce/one_without_facts",
		Edits: []Edit{{"cmd/killpoint/run.go", "\tif !m.Passed() {\n\t\treturn errors", "\tif _, fail, _ := m.Counts(); fail > 0 {\n\t\treturn errors"}},
	},
	{
		Name: "merge-is-green-with-a-hole", Why: "a merge that finds cells missing exits as the cells that are there",
		Package: "cmd/killpoint", Test: "TestMergeWantsEveryCellOnce/one_missing",
		Edits: []Edit{{"cmd/killpoint/report.go", "problem)\n\t\t\t\treturn errRed", "problem)\n\t\t\t\treturn err"}},
	},
	{
		Name: "empty-shard-is-run", Why: "a shard without cells is run",
		Package: "cmd/killpoint", Test: "TestAnEmptyShardIsRefused",
		Edits: []Edit{{"cmd/killpoint/run.go", "if err == nil && len(cells) == 0 {", "if err == nil && cells == nil && len(c.labels) > 0 {"}},
	},
	{
		Name: "result-written-in-place", Why: "a result that breaks off destroys the one of before",
		Package: "cmd/killpoint", Test: "TestAResultIsWrittenWholeOrNotAtAll",
		Edits: []Edit{{"cmd/killpoint/file.go", `half := fmt.Sprintf("%s%d", halfName(target), os.Getpid())`, "half := target"}},
	},
	{
		Name: "error-of-writing-lost", Why: "a result that could not be written whole replaces the one of before",
		Package: "cmd/killpoint", Test: "TestAResultIsWrittenWholeOrNotAtAll",
		Edits: []Edit{{"cmd/killpoint/file.go", "if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {", "write(f)\n\tif err := errors.Join(f.Sync(), f.Close()); err != nil {"}},
	},
	{
		Name: "quote-not-quoted", Why: "a quote in the name of a folder ends the quoting of a printed command",
		Package: "cmd/killpoint", Test: "TestShellLineHasItsWords",
		Edits: []Edit{{"cmd/killpoint/shellwords.go", "strings.ReplaceAll(word, \"'\", `'\\''`)", "word"}},
	},
	{
		Name: "unfit-folder-taken", Why: "each cell finds out that its folder has no shared mappings",
		Package: "cmd/killpoint", Test: "TestAFolderWithoutSharedMappings",
		Edits: []Edit{{"cmd/killpoint/base.go", "mapped, err := mapShared(int(f.Fd()), size)\n\tif err != nil {", "mapped, err := mapShared(int(f.Fd()), size)\n\tif err == unix.ENOSPC {"}},
	},
	{
		Name: "work-of-the-living-removed", Why: "the work folder of another run that lives is removed",
		Package: "internal/workdir", Test: "TestFoldersOfDeadRunsAreRemoved",
		Edits: []Edit{{"internal/workdir/workdir.go", "if lock(held, unix.LOCK_EX|unix.LOCK_NB) == nil {", "if lock(held, unix.LOCK_EX|unix.LOCK_NB) != unix.ENOLCK {"}},
	},
	{
		Name: "work-of-the-dead-kept", Why: "the work folder of a killed run stays for good",
		Package: "internal/workdir", Test: "TestFoldersOfDeadRunsAreRemoved",
		Edits: []Edit{{"internal/workdir/workdir.go", "err = os.RemoveAll(path)", "err = nil"}},
	},
	{
		Name: "empty-pattern-picks-all", Why: "run '' runs every cell",
		Package: "cmd/killpoint", Test: "TestMistakesAreNamedWithTheWayOut/pattern_that_is_empty",
		Edits: []Edit{{"cmd/killpoint/run.go", "if p == \"\" {", "if p == \"\" && len(c.labels) > 0 {"}},
	},
	{
		Name: "hang-ends-green", Why: "an interrupted command that hangs ends as if all were well",
		Package: "cmd/killpoint", Test: "TestAnInterruptedCommandEnds",
		Edits: []Edit{{"cmd/killpoint/main.go", "\t\texit(exitInterrupted)\n", "\t\texit(0)\n"}},
	},
	{
		Name: "shard-without-bound", Why: "the shards that are missing beside one of thousands of millions are listed",
		Package: "harness/report", Test: "TestAShardThatIsNoneIsRefused",
		Edits: []Edit{{"harness/report/read.go", "i < 1 || i > n || n > maxShards", "i < 1 || i > n"}},
	},
	{"later-unknown-forgotten", "a cell that is unknown in a later round is as it was in the one before", "cmd/killpoint", "TestAnUnknownCellOfALaterRoundCounts", []Edit{
		{"cmd/killpoint/run.go", "\tif m.Interrupted {\n\t\tfor i", "\tif len(m.Cells) > 0 {\n\t\tfor i"},
	}},
	{"missed-counted-as-caught", "tests have caught every planted bug of the harness", "cmd/killpoint", "TestTallySaysHowManyAreCaught", []Edit{
		{"cmd/killpoint/mutants.go", "\t\tif len(c.Missed) == 0 {\n\t\t\ttests++\n\t\t}\n", "\t\ttests++\n"},
	}},
	{"matrix-miss-unsaid", "a bug of the ring that no cell has caught is not missed", "cmd/killpoint", "TestTheMatrixMissesWhatNoCellHasCaught", []Edit{
		{"cmd/killpoint/mutants.go", "if len(c.Failed) == 0 && m.Cells != \"\" {", "if len(c.Failed) == 0 && m.Cells == \"\" {"},
	}},
}
