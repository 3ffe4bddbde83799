// Package soaked is the ring as a subject of package soak: in which ways its ends
// send and take, how large rings are, and what of a ring file must hold whenever
// one of its ends is dead. The children are those of cmd/child, with the ring as
// it ships.
package soaked
