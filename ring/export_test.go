package ring

// AtMarks is atMarks, for the tests that see the package from outside.
func AtMarks(f func(Site)) bool { return atMarks(f) }
