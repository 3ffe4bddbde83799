// Package scenarios is the crash matrix of the ring: what is documented for
// each crash site, and the means to see whether it is so.
//
//	programs, err := scenarios.BuildChildren(ctx, dir)
//	cell, err := scenarios.Find("writer-after-write-advance/kill/poll-off")
//	result := scenarios.Run(ctx, cell, programs, dir)
//
// A [Cell] is a site, a way to die and what the other side was doing. The one
// table from sites to what must be seen is in expect.go. Run plays a cell on
// real processes: it prepares a ring, brings a victim to its site, kills it
// there, watches the peer, lets a successor take over, and returns [Facts] in
// words. [Judge] compares them with the table and knows nothing else. Ginkgo's
// specs and the killpoint command are two faces of the same cells.
//
// A site that several operations pass has a row for each; a row's operation says in
// which scene it is reached. A play (play_*.go) is shared by operations of a kind
// and reads from top to bottom. Whatever is not as it needs to be ends
// the cell at once: as a failure, if it is certain; as unknown, if only the
// harness's time was over.
//
// What holds wherever a process stands is in safety.go and usage.go, the planted
// bugs that the cells must catch in mutants.go.
package scenarios
