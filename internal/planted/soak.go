package planted

// soakBugs are bugs of soaking and its books.
var soakBugs = []Bug{}
