package planted

// exploreBugs are bugs of exploring.
var exploreBugs = []Bug{}
