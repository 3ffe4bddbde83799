package planted

// commandBugs are bugs of the command line, results, reports and merging.
var commandBugs = []Bug{}
