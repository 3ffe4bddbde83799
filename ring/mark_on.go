//go:build failpoint

package ring

import (
	"reflect"

	"github.com/pingcap/failpoint"
)

// MarkerPrefix and the name of a site together are the name under which
// failpoint knows the marker there: it begins with the path of this package,
// whatever the module is called.
var MarkerPrefix = reflect.TypeFor[Writer]().PkgPath() + "/"

// mark lets a test step in at a crash site: a hook set with
// failpoint.EnableCall on MarkerPrefix + the site's name runs here, with no
// lock held. It does so only once failpoint's rewriter has been over this file.
func mark(site Site) { failpoint.InjectCall(string(site)) }

// Instrumented reports whether the markers of this build are live: whether it
// has the failpoint tag and was rewritten.
func Instrumented() bool {
	const probe = "instrumented"
	live := false
	if failpoint.EnableCall(MarkerPrefix+probe, func() { live = true }) == nil {
		mark(probe)
		failpoint.Disable(MarkerPrefix + probe)
	}
	return live
}
