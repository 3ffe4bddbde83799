// Package explored finds every crash state of every operation of the ring, by
// exploring them one store at a time, and judges each: what a reader and a
// writer make of the image that a death there leaves.
//
// An operation is one row of the table in operation.go. A row is run on the ring
// as it ships for its states, on the instrumented build for the names of the
// sites that these are the images of, and once more for each canonical state,
// with a real death there.
package explored
