package planted

// buildBugs are bugs of building children, and of what a child proves of its build.
var buildBugs = []Bug{}
