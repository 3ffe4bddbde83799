package scenarios

import (
	"slices"

	"killpoint/ring"
)

// ConsistentSites are the sites, in the order of the catalogue, at which the side
// that stands there may have left a ring as it is in the snapshot: what is
// documented for the site contradicts nothing there. Most images fit several
// sites: those between which no index and no header is stored (event words prove
// nothing, since the peer stores them too), and those of the other side, which may
// be anywhere. Those of a writer that replaces the ring are never among them.
func ConsistentSites(s ring.Snapshot) []ring.Site {
	return sitesWhere(func(e expectation) bool { return e.fits(s) })
}

// ToldSites are those of them for which the image holds a trace of the very
// operation that was cut off there: words that no operation leaves behind at its
// end. A record behind the write index is such a trace in the first lap only,
// while all bytes there are zero before; later it may be of an earlier lap.
func ToldSites(s ring.Snapshot) []ring.Site {
	return sitesWhere(func(e expectation) bool { return e.fits(s) && e.told(s) })
}

func (e expectation) told(s ring.Snapshot) bool {
	switch {
	case s.Problem != nil, s.Commit != s.Write:
		return siteInfo(e.site).Side == ring.WriterSide && e.stage != attaching
	case s.Write >= s.Capacity, s.Next == nil, e.write != unmoved, e.slot == slotEmpty, e.slot == slotBodyAlone:
		return false
	}
	return e.slot != "" && (s.Next.Ready || s.Next.Wrap || s.Next.Length > 0)
}

// sitesWhere are the sites with such a row.
func sitesWhere(holds func(expectation) bool) []ring.Site {
	var sites []ring.Site
	for _, e := range expectations {
		if !slices.Contains(sites, e.site) && holds(e) {
			sites = append(sites, e.site)
		}
	}
	order := map[ring.Site]int{}
	for i, info := range ring.Sites() {
		order[info.Site] = i
	}
	slices.SortFunc(sites, func(a, b ring.Site) int { return order[a] - order[b] })
	return sites
}

// fits tells whether nothing in the snapshot contradicts the row.
func (e expectation) fits(s ring.Snapshot) bool {
	if e.stage == replacing {
		return false // its own file lies beside the one that it replaces, which tells nothing
	}
	if e.header != "" && e.open == answerErr {
		return s.Unfinished && e.header == headerWord(s)
	}
	if s.Problem != nil {
		return false
	}
	if e.header != "" {
		return s.Write == 0 && s.Commit == 0 && s.Read == 0 // only its creator has had it
	}
	if siteInfo(e.site).Side == ring.ReaderSide {
		return e.read == unmoved || e.read == "" || s.Read > 0
	}
	stored := e.site == ring.WriterAfterWriteStore || e.site == ring.WriterAfterWrapStore
	switch {
	case e.stage == attaching: // it has stored nothing, and finds what others have left
		return true
	case stored != (s.Commit != s.Write):
		return false
	case e.write == unmoved && e.slot != "":
		return s.Next != nil && slotFits(*s.Next, e.slot)
	case e.write == boundary:
		return s.Write > 0
	}
	return e.write == "" || e.write == unmoved || s.Write > 0
}

// slotFits tells whether a record that is not published is what the row says.
// What the victim has not stored is of an earlier lap and contradicts nothing.
func slotFits(rec ring.Record, want string) bool {
	switch want {
	case slotLength, slotBody:
		return !rec.Ready && !rec.Wrap
	case slotReady:
		return rec.Ready && !rec.Wrap
	case slotWrapLength:
		return !rec.Ready && rec.Wrap
	case slotWrapReady:
		return rec.Ready && rec.Wrap
	}
	return true
}
