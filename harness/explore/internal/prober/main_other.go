//go:build !(linux && amd64)

// Command prober has no operations where there is no engine.
package main

func main() {}
