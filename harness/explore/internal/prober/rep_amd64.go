package main

// repMovsb copies n bytes with one instruction.
//
//go:noescape
func repMovsb(dst, src *byte, n int)
