package planted

// buildBugs are bugs of building children, and of what is known of a build.
var buildBugs = []Bug{
	{"edit-need-not-arrive", "an edit counts though its file is not compiled", "harness", "TestWhatIsAskedOfABuildIsInIt", []Edit{
		{"harness/build.go", "case compiled[path]:", "case true:"},
	}},
	{"flags-are-believed", "a flag that keeps edits out of the program is passed on", "harness", "TestWhatIsAskedOfABuildIsInIt", []Edit{
		{"harness/build.go", `case "overlay", "n", "cover",`, `case`},
	}},
	{"tags-are-dropped", "the user's build tags are dropped", "harness", "TestTagsOfTheUserAreMerged", []Edit{
		{"harness/build.go", `case "tags":`, `case "no-tags":`},
	}},
	{"dead-markers-pass", "a marker that the rewriter passes over stays dead without a word", "harness", "TestWhatIsAskedOfABuildIsInIt", []Edit{
		{"harness/build.go", "if len(dead) == 0 {", "if true {"},
	}},
	{"renamed-markers-pass", "a dead marker under an import with another name is not seen", "harness", "TestWhatIsAskedOfABuildIsInIt/a_marker_under_another_name", []Edit{
		{"harness/build.go", "name = i.Name.Name", "_ = i.Name.Name"},
	}},
	{"cgo-files-are-left-out", "a marker in a file that imports C is not made live", "harness", "TestAMarkerBesideCIsLive", []Edit{
		{"harness/build.go", `{{range .CgoFiles}}\n{{.}}{{end}}", pkg)`, `", pkg)`},
	}},
	{"edit-fits-anywhere", "an edit that occurs twice is made once", "harness", "TestBuildErrorsAreNamed", []Edit{
		{"harness/build.go", "n != 1 {", "n > 1 {"},
	}},
	{
		Name: "build-outlives-harness", Why: "the go tool goes on when the harness that runs it is killed",
		Package: "harness", Test: "TestABuildEndsWithItsHarness",
		Edits: []Edit{{"harness/spawn_linux.go", "Setpgid: true, Pdeathsig: syscall.SIGKILL}", "Setpgid: true}"}},
	},
	{"change-not-proven", "a program without the change that was asked for is taken", "harness", "TestAProgramWithoutTheChangeIsNoBuild", []Edit{
		{"harness/build.go", "bytes.Contains(text, []byte(p.token))", "bytes.Contains(text, nil)"},
	}},
	{"module-cache-edited", "an edit of the module cache ends in the go tool's words", "harness", "TestWhatIsAskedOfABuildIsInIt/an_edit_of_what_is_in_the_module_cache", []Edit{
		{"harness/build.go", "err == nil && filepath.IsLocal(rel) {", "err == nil && rel == \".\" {"},
	}},
	{"line-ends-matter", "no edit of several lines fits a checkout with CRLF", "harness", "TestEditsFitACheckoutWithOtherLineEnds", []Edit{
		{"harness/build.go", "if crlf := []byte(\"\\r\\n\"); !bytes", "if crlf := []byte(\"\\n\"); !bytes"},
	}},
	{"dead-marker-enabled", "failpoint enable leaves a marker dead without a word", "harness", "TestEnablingWhatCannotBeLiveIsAnError/a_dead_marker", []Edit{
		{"harness/inplace.go", "return deadMarkers(path, text)", "_ = deadMarkers(path, text)\n\t\treturn nil"},
	}},
	{"nothing-enabled", "failpoint enable of a folder without a marker succeeds", "harness", "TestEnablingWhatCannotBeLiveIsAnError/no_marker", []Edit{
		{"harness/inplace.go", "len(live) == 0", "len(live) < 0"},
	}},
	{"live-is-missing", "failpoints.Markers without Live end the child in a panic", "harness/agent/failpoints", "TestMarkersWithoutLiveAreRefused", []Edit{
		{"harness/agent/failpoints/failpoints.go", "return m.Live == nil || m.Live()", "return m.Live()"},
	}},
	{"half-a-folder-saved", "evidence that could not be saved whole replaces that of before", "harness", "TestAFolderIsSavedWholeOrNotAtAll", []Edit{
		{"harness/savefolder.go", "part, old := folder+\".part\", folder+\".old\"", "part, old := folder, folder+\".old\""},
	}},
	{"lost-edit-passes", "an edit of a rewritten file that is lost on the way is not missed", "harness", "TestAnEditThatIsLostOnTheWayIsAnError", []Edit{
		{"harness/inplace.go", "errRestored == nil && bytes.Equal(got, want) {", "errRestored == nil && (bytes.Equal(got, want) || len(got) > 0) {"},
	}},
}
