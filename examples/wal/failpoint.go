//go:build failpoint

package wal

import "github.com/pingcap/failpoint"

// With the failpoint tag the sites are failpoint markers, which are nothing at
// all until they are rewritten.
func init() { Mark = func(site string) { failpoint.InjectCall(site) } }
