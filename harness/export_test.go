package harness

// Dying is how long the harness waits for what must happen at once.
var Dying = &dying
