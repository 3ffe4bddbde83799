// Package lint holds the rules of this module that no compiler knows: which
// package may import which, where unsafe may stand, how long a file may be. They
// are tests; there is nothing to import.
package lint
