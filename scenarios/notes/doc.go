// Package notes writes ring/CRASH_BEHAVIOR.md: for each crash site what a death
// there leaves behind, who goes on, what becomes of the message, and which
// cells prove it.
//
// Nothing in it is stated twice. What stands at a site comes from the catalogue
// in package ring; where it stands, from the marks in that package's sources;
// what must be seen there, from the facts that the cells of package scenarios
// demand. Only the sentences between are here. What a sentence is about is
// therefore run by somebody, and a fact for which there is no sentence is an
// error: a document that leaves something out looks complete all the same.
package notes
