//go:build race

package ring

// Slow tells that this build runs many times slower, for the tests whose number
// of rounds is a matter of choice.
const Slow = true
