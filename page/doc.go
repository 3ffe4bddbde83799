// Package page turns what runs have left as JSON into one HTML page for a
// person, and into Markdown for the summary of a CI job.
//
//	r, err := page.Load("out")
//	err = r.WriteHTML(w)
//
// It reads
//
//	crash-matrix*.json   runs of the matrix, or shards of them
//	explore.json         every state of every operation
//	soak.json            kills at random instants
//	bench.json           what was measured
//	mutants.json         planted bugs, and what caught them
//
// [Load] finds these in folders and puts shards together, [Report.WriteHTML]
// writes the page. It needs nothing beside itself: no network, no other file.
// The grid, what did not pass, the tables and the charts are in the HTML; the
// drawings of each cell, its timeline and the images of the shared file, are
// made by the page's own script from data that it carries, because hundreds of
// them would be too large. A policy in the page forbids every other script and
// every request.
//
// What is missing or of an unknown shape must be said in the page, never left
// out in silence: a part that was not run is no part that passed.
package page
