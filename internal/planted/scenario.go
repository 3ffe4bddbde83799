package planted

// scenarioBugs are bugs of cells, facts, the judge and evidence.
var scenarioBugs = []Bug{
	{"disturbed-cell-decides", "a cell counts though somebody else has disturbed a child of it", "scenarios", Specs + "/stranger", []Edit{
		{"scenarios/run.go", "if err := l.disturbed(); err != nil {", "if err := l.disturbed(); err != nil && false {"},
	}},
	{"lack-is-certain", "what the machine lacks is called a fault of the ring", "scenarios", "TestWhatIsCertain", []Edit{
		{"scenarios/cellrun.go", "lacks || errors.Is(err, harness.ErrDisturbed)", "lacks && errors.Is(err, harness.ErrDisturbed)"},
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
	{
		Name:    "saved-size-below-zero",
		Why:     "a damaged cell.json ends repro with a panic",
		Package: "scenarios",
		Test:    "TestDamagedEvidenceIsRefused",
		Edits:   []Edit{{File: "scenarios/evidence.go", Old: "m.Size < 0 || ", New: ""}},
	},
	{
		Name:    "saved-sizes-not-summed",
		Why:     "a damaged cell.json takes all memory",
		Package: "scenarios",
		Test:    "TestDamagedEvidenceIsRefused",
		Edits:   []Edit{{File: "scenarios/evidence.go", Old: "total += m.Size", New: "total = m.Size"}},
	},
	{
		Name:    "saved-bodies-not-compared",
		Why:     "messages with the same body in cell.json end repro with a panic",
		Package: "scenarios",
		Test:    "TestDamagedEvidenceIsRefused",
		Edits:   []Edit{{File: "scenarios/evidence.go", Old: "bodies[body] = m.Name", New: "bodies[m.Name] = body"}},
	},
	{
		Name:    "saved-cut-image-judged",
		Why:     "an image that was cut after the run is judged",
		Package: "scenarios",
		Test:    "TestCutImageIsRefused",
		Edits:   []Edit{{File: "scenarios/evidence.go", Old: "known && size != len(*image)", New: "known && size < len(*image)"}},
	},
	{
		Name:    "saved-image-sizes-unfound",
		Why:     "sizes of images are saved under a name that Load does not know",
		Package: "scenarios",
		Test:    "TestCutImageIsRefused",
		Edits:   []Edit{{File: "scenarios/evidence.go", Old: "s.Images[i.file] = len(i.Bytes)", New: "s.Images[i.When] = len(i.Bytes)"}},
	},
	{"stray-header-unseen", "a dying victim may scribble into the header", "scenarios", "TestEveryStrayByteIsSeen", []Edit{
		{"scenarios/facts.go", "for i := range l.atDeath {\n", "for i := range l.atDeath {\n\t\tif i < 4096 {\n\t\t\tcontinue\n\t\t}\n"},
	}},
	{"stray-beside-a-range", "a dying victim may change the byte behind what is its own", "scenarios", "TestEveryStrayByteIsSeen", []Edit{
		{"scenarios/facts.go", "i < s.to", "i <= s.to"},
	}},
	{"stray-before-a-range", "a dying victim may change the byte before what is its own", "scenarios", "TestEveryStrayByteIsSeen", []Edit{
		{"scenarios/facts.go", "s.from <= i", "s.from <= i+1"},
	}},
	{"any-body-is-right", "a slot with any body is what the victim was to put there", "scenarios", "TestASlotIsReadToItsLastByte", []Edit{
		{"scenarios/play_push.go", "case string(rec.Body) == string(body):", "case len(rec.Body) == len(body):"},
	}},
	{"any-length-is-right", "a slot with another length is what the victim was to put there", "scenarios", "TestASlotIsReadToItsLastByte", []Edit{
		{"scenarios/play_push.go", "case rec.Length != uint32(len(body)):", "case rec.Length > uint32(len(body)):"},
	}},
	{"thawed-is-frozen", "a parked victim may store until it is killed", "scenarios", "TestFrozenMeansEveryByte", []Edit{
		{"scenarios/facts.go", "if string(atSite) != string(atDeath) {", "if len(atSite) != len(atDeath) {"},
	}},
	{"one-look-is-a-deadlock", "a deadlock is believed after one look at who sleeps", "scenarios", "TestADeadlockLasts", []Edit{
		{"scenarios/cellrun.go", "maps.Equal(before, sleepers())", "maps.Equal(before, before)"},
	}},
	{"deadlock-beside-a-change", "a deadlock is believed though the image changes", "scenarios", "TestADeadlockLasts", []Edit{
		{"scenarios/cellrun.go", "bytes.Equal(then, image())", "bytes.Equal(then, then)"},
	}},
}
