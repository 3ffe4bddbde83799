package harnesstest

// Patience is how long Die waits.
var Patience = &patience
