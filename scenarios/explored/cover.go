package explored

import (
	"fmt"
	"slices"
	"strings"

	"killpoint/harness/explore"
)

// A Cover says what stands for one moment of an operation in the catalogue.
type Cover struct {
	State int    `json:"state"` // ordinal of the first state of that moment
	What  string `json:"what"`
	// Sites are those at which the image is this one, to the byte.
	Sites []string `json:"sites,omitempty"`
	// Near is the site, or Before or After, to which the moment is equivalent,
	// if it is at no site itself, and Why tells why.
	Near string `json:"near,omitempty"`
	Why  string `json:"why,omitempty"`

	entry *Equivalent
}

// named tells whether the catalogue knows the moment.
func (c Cover) named() bool { return len(c.Sites) > 0 || c.Near != "" }

// String is one line for people.
func (c Cover) String() string {
	switch {
	case len(c.Sites) > 0:
		return fmt.Sprintf("%s: at %s", c.What, strings.Join(c.Sites, ", "))
	case c.Near != "":
		return fmt.Sprintf("%s: like %s: %s", c.What, c.Near, c.Why)
	}
	return c.What + ": UNNAMED"
}

// cover finds what stands for each moment of a trace, in their order.
func cover(tr *explore.Trace, n Names) (all []Cover) {
	own := NamesOf(tr) // where it begins and ends, and sleeps, in this build
	seen := map[moment]bool{}
	for i, m := range moments(tr) {
		if seen[m] {
			continue
		}
		seen[m] = true
		s := &tr.States[i]
		c := Cover{State: s.Ordinal, What: where(s)}
		for _, name := range slices.Concat(own.at[m], n.at[m]) {
			if !slices.Contains(c.Sites, name) {
				c.Sites = append(c.Sites, name)
			}
		}
		if len(c.Sites) == 0 {
			if e := equivalentOf(s, tr, n); e != nil {
				c.Near, c.Why, c.entry = e.Near, e.Why, e
			}
		}
		all = append(all, c)
	}
	return all
}
