package planted

// scenarioBugs are bugs of cells, facts, the judge and evidence.
var scenarioBugs = []Bug{}
