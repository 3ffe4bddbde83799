// Package explored finds every crash state of every operation of the ring, by
// exploring them one store at a time, and judges each: what a reader and a
// writer make of the image that a death there leaves.
//
//	build, err := explored.BuildChild(ctx, explored.Plain, dir)
//	result, err := explored.Search{Build: build, Dir: dir, Kill: true}.Find(ctx, operation)
//
// An operation is one row of the table in operation.go. A row is run on the ring
// as it ships for its states, on the instrumented build for the names of the
// sites that these are the images of, and once more for each canonical state,
// with a real death there.
//
// [Recover] goes on from there: the image after one death is what the next
// process finds, which may die too. From no file at all it follows every
// operation that can come next, until no image is new; the images are few,
// because those that behave alike are one. [Interleave] lets nobody die. A peer
// does an operation of its own between any two accesses of shared memory by the
// other side, or waits from there on, and all that was sent must arrive, and
// nobody sleep for good.
package explored
