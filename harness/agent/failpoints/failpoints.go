// Package failpoints makes pingcap/failpoint markers the sites of an agent.
// A program that imports it links failpoint, and with it net/http: import it
// from a victim's main package, never from the code under test.
package failpoints

import (
	"fmt"
	"slices"

	"github.com/pingcap/failpoint"
)

// Markers are failpoint.InjectCall markers.
type Markers struct {
	// Prefix and a site's name together are the marker's full name: the import
	// path of the package it stands in and a slash ("main/" in a main package).
	Prefix string
	// Names are the sites. Failpoint itself takes a misspelt name in silence.
	Names []string
	// Live reports whether the markers were rewritten; see Probe. It is required.
	Live func() bool
}

// Probe makes a Live of a function, in the package of that prefix, that passes
// the marker of a given name: it hooks a marker of its own, has it passed, and
// sees whether the hook ran.
func Probe(prefix string, pass func(name string)) (live func() bool) {
	const name = "killpoint-probe"
	return func() (ran bool) {
		if failpoint.EnableCall(prefix+name, func() { ran = true }) != nil {
			return false
		}
		defer failpoint.Disable(prefix + name)
		pass(name)
		return ran
	}
}

// Instrumented implements agent.Markers. Markers without Live have nobody to ask:
// that they are not live is said when the first of them is armed.
func (m Markers) Instrumented() bool { return m.Live == nil || m.Live() }

// Sites implements agent.Markers.
func (m Markers) Sites() []string { return m.Names }

// Set implements agent.Markers. Failpoint holds no lock while hook runs.
func (m Markers) Set(site string, hook func()) error {
	if m.Live == nil {
		return fmt.Errorf("the program's failpoints.Markers have no Live: set it to failpoints.Probe(%q, func(name string) { failpoint.InjectCall(name) }), called from the package of that prefix", m.Prefix)
	}
	if !slices.Contains(m.Names, site) {
		return fmt.Errorf("there is no site %q in this program; there are %v", site, m.Names)
	}
	return failpoint.EnableCall(m.Prefix+site, hook)
}
