package planted

// childBugs are bugs of starting, arming, killing and observing children.
var childBugs = []Bug{}
