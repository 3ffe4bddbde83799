//go:build !race

package ring

// RaceDetector tells that this build has the race detector, which makes it run
// many times slower.
const RaceDetector = false
