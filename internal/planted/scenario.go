package planted

// scenarioBugs are bugs of cells, facts, the judge and evidence.
var scenarioBugs = []Bug{
	{"disturbed-cell-decides", "a cell counts though somebody else has disturbed a child of it", "scenarios", Specs + "/stranger", []Edit{
		{"scenarios/run.go", "if err := l.disturbed(); err != nil {", "if err := l.disturbed(); err != nil && false {"},
	}},
	{"lack-is-certain", "what the machine lacks is called a fault of the ring", "scenarios", "TestWhatIsCertain", []Edit{
		{"scenarios/lab.go", "lacks || errors.Is(err, harness.ErrDisturbed)", "lacks && errors.Is(err, harness.ErrDisturbed)"},
	}},
	{"wrong-fact-passes", "a fact that is not as expected passes", "scenarios", "TestJudgeRejects", []Edit{
		{"scenarios/facts.go", "case seen != want[name]:", "case false:"},
	}},
	{"missing-fact-passes", "a fact that was not seen passes", "scenarios", "TestJudgeRejects", []Edit{
		{"scenarios/facts.go", "case !ok:", "case !ok && false:"},
	}},
	{"stranger-fact-passes", "a fact that nobody expected passes", "scenarios", "TestJudgeRejects", []Edit{
		{"scenarios/facts.go", "if _, ok := want[name]; !ok {", "if false {"},
	}},
	{"nothing-expected-passes", "a cell that expects nothing passes", "scenarios", "TestJudgeRejectsACellThatExpectsNothing", []Edit{
		{"scenarios/facts.go", "if len(want) == 0 {", "if false {"},
	}},
}
