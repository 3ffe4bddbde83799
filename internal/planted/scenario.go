package planted

// scenarioBugs are bugs of cells, facts, the judge and evidence, and of the
// folders that they work in.
var scenarioBugs = []Bug{
	{
		Name:    "workdir-never-sweeps",
		Why:     "folders of dead runs stay for ever",
		Package: "harness/workdir",
		Test:    "TestOnlyFoldersOfDeadRunsAreRemoved",
		Edits:   []Edit{{File: "harness/workdir/workdir.go", Old: "if !entry.IsDir() ||", New: "if entry.IsDir() ||"}},
	},
	{
		Name:    "workdir-held-by-nobody",
		Why:     "a work folder is not locked, so that the next run removes that of a living one",
		Package: "harness/workdir",
		Test:    "TestOnlyFoldersOfDeadRunsAreRemoved",
		Edits: []Edit{{
			File: "harness/workdir/workdir.go",
			Old:  "err = flock(file, syscall.LOCK_EX|syscall.LOCK_NB)",
			New:  "err = flock(file, syscall.LOCK_UN)",
		}},
	},
	{
		Name:    "workdir-takes-any-prefix",
		Why:     "folders of another name are removed",
		Package: "harness/workdir",
		Test:    "TestOnlyFoldersOfDeadRunsAreRemoved",
		Edits: []Edit{{
			File: "harness/workdir/workdir.go",
			Old:  "!strings.HasPrefix(entry.Name(), prefix)",
			New:  "strings.HasPrefix(entry.Name(), held)",
		}},
	},
}
