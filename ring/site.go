package ring

// A Site names a point between two stores to shared memory, or around a wait,
// at which a process can die. The names are those of the mark calls in this
// package.
type Site string

// The crash sites, in the order in which an operation passes them.
const (
	WriterCreateBeforeInit  Site = "writer-create-before-init"
	WriterCreateBeforeMagic Site = "writer-create-before-magic"
	WriterCreateAfterInit   Site = "writer-create-after-init"

	WriterReplaceBeforeRename Site = "writer-replace-before-rename"
	WriterReplaceAfterRename  Site = "writer-replace-after-rename"

	WriterAttachBeforeMap Site = "writer-attach-before-map"
	WriterAttachAfterMap  Site = "writer-attach-after-map"

	WriterAfterWrapHeader  Site = "writer-after-wrap-header"
	WriterAfterWrapPublish Site = "writer-after-wrap-publish"
	WriterAfterWrapStore   Site = "writer-after-wrap-store"
	WriterAfterWrapAdvance Site = "writer-after-wrap-advance"
	WriterBeforeWrapWake   Site = "writer-before-wrap-wake"
	WriterAfterWrapSignal  Site = "writer-after-wrap-signal"

	WriterAfterWriteHeader   Site = "writer-after-write-header"
	WriterAfterWritePayload  Site = "writer-after-write-payload"
	WriterAfterPublishHeader Site = "writer-after-publish-header"
	WriterAfterWriteStore    Site = "writer-after-write-store"
	WriterAfterWriteAdvance  Site = "writer-after-write-advance"
	WriterBeforeDataWake     Site = "writer-before-data-wake"
	WriterAfterDataSignal    Site = "writer-after-data-signal"

	WriterAfterBatchRecord Site = "writer-after-batch-record"

	WriterAfterReserve Site = "writer-after-reserve"
	WriterBeforeCommit Site = "writer-before-commit"

	WriterBeforeFullWake  Site = "writer-before-full-wake"
	WriterAfterSpaceReset Site = "writer-after-space-reset"
	WriterBeforeSpaceWait Site = "writer-before-space-wait"
	WriterInSpaceWait     Site = "writer-in-space-wait"
	WriterAfterSpaceWait  Site = "writer-after-space-wait"

	ReaderOpenBeforeMap Site = "reader-open-before-map"
	ReaderOpenAfterMap  Site = "reader-open-after-map"

	ReaderBeforeReadAdvance Site = "reader-before-read-advance"
	ReaderAfterReadAdvance  Site = "reader-after-read-advance"
	ReaderBeforeSpaceWake   Site = "reader-before-space-wake"
	ReaderAfterSpaceSignal  Site = "reader-after-space-signal"

	ReaderAfterPeek     Site = "reader-after-peek"
	ReaderBeforeRelease Site = "reader-before-release"

	ReaderAfterWrapReadAdvance Site = "reader-after-wrap-read-advance"
	ReaderBeforeWrapSpaceWake  Site = "reader-before-wrap-space-wake"
	ReaderAfterWrapSpaceSignal Site = "reader-after-wrap-space-signal"

	ReaderBeforeEmptyWake Site = "reader-before-empty-wake"
	ReaderAfterDataReset  Site = "reader-after-data-reset"
	ReaderBeforeDataWait  Site = "reader-before-data-wait"
	ReaderInDataWait      Site = "reader-in-data-wait"
	ReaderAfterDataWait   Site = "reader-after-data-wait"
)

// A Side is one end of the ring.
type Side string

// The two sides.
const (
	WriterSide Side = "writer"
	ReaderSide Side = "reader"
)

// SiteInfo describes one entry of the catalogue.
type SiteInfo struct {
	Site Site
	Side Side
	// Op is the operation that passes the site: create, replace, attach, open,
	// push, batch, reserve, commit, pop, peek, release, wrap (the part of any
	// that skips the rest of a lap), and for waits space-wait and data-wait.
	Op string
	// Done says what has been stored when the process stands here.
	Done string
	// Next says what it would do next.
	Next string
	// Marker reports whether a mark call stands at the site. The others are
	// places inside a system call, which are seen from outside only.
	Marker bool
}

// Sites returns the catalogue of crash sites. It is the only list of them; the
// caller may change what it gets.
func Sites() []SiteInfo {
	return append([]SiteInfo(nil), catalogue...)
}

var catalogue = []SiteInfo{
	{WriterCreateBeforeInit, WriterSide, "create", "file sized and mapped, all bytes zero", "capacity", true},
	{WriterCreateBeforeMagic, WriterSide, "create", "capacity stored, magic not", "magic and version", true},
	{WriterCreateAfterInit, WriterSide, "create", "magic stored: the ring is complete and empty", "return", true},

	{WriterReplaceBeforeRename, WriterSide, "replace", "fresh ring complete beside the old one, path unchanged", "rename", true},
	{WriterReplaceAfterRename, WriterSide, "replace", "the path leads to the fresh ring", "return", true},

	{WriterAttachBeforeMap, WriterSide, "attach", "file opened, not mapped", "map", true},
	{WriterAttachAfterMap, WriterSide, "attach", "file mapped and checked, nothing stored", "return", true},

	{WriterAfterWrapHeader, WriterSide, "wrap", "marker's length stored, READY clear", "marker's READY", true},
	{WriterAfterWrapPublish, WriterSide, "wrap", "marker READY in its slot, write unchanged", "write at the boundary", true},
	{WriterAfterWrapStore, WriterSide, "wrap", "write at the lap boundary, commit behind it", "commit", true},
	{WriterAfterWrapAdvance, WriterSide, "wrap", "write and commit at the lap boundary, event not set", "data_avail", true},
	{WriterBeforeWrapWake, WriterSide, "wrap", "event word set, sleeper not yet woken", "futex wake", true},
	{WriterAfterWrapSignal, WriterSide, "wrap", "event set, sleeper woken", "the message at offset 0", true},

	{WriterAfterWriteHeader, WriterSide, "push", "length stored, READY clear", "body", true},
	{WriterAfterWritePayload, WriterSide, "push", "body in the slot, READY clear", "READY", true},
	{WriterAfterPublishHeader, WriterSide, "push", "READY set, write unchanged", "write", true},
	{WriterAfterWriteStore, WriterSide, "push", "write advanced, commit behind it", "commit", true},
	{WriterAfterWriteAdvance, WriterSide, "push", "write and commit advanced, event not set", "data_avail", true},
	{WriterBeforeDataWake, WriterSide, "push", "event word set, sleeper not yet woken", "futex wake", true},
	{WriterAfterDataSignal, WriterSide, "push", "event set, sleeper woken", "return", true},

	{WriterAfterBatchRecord, WriterSide, "batch", "record READY in its slot behind those put before, write unchanged", "the next record, or write", true},

	{WriterAfterReserve, WriterSide, "reserve", "room found, nothing stored", "return", true},
	{WriterBeforeCommit, WriterSide, "commit", "body in the slot, header as it was", "header with READY", true},

	{WriterBeforeFullWake, WriterSide, "space-wait", "ring full, data_avail set for a predecessor, sleeper not yet woken", "futex wake", true},
	{WriterAfterSpaceReset, WriterSide, "space-wait", "space_avail reset, indices not looked at again", "look at the indices", true},
	{WriterBeforeSpaceWait, WriterSide, "space-wait", "ring full, space_avail reset and indices looked at again", "futex wait", true},
	{WriterInSpaceWait, WriterSide, "space-wait", "asleep in the futex", "wake-up", false},
	{WriterAfterSpaceWait, WriterSide, "space-wait", "woken, nothing written", "look at the indices", true},

	{ReaderOpenBeforeMap, ReaderSide, "open", "file opened, not mapped", "map", true},
	{ReaderOpenAfterMap, ReaderSide, "open", "file mapped and checked, nothing stored", "return", true},

	{ReaderBeforeReadAdvance, ReaderSide, "pop", "body copied out, read unchanged", "read", true},
	{ReaderAfterReadAdvance, ReaderSide, "pop", "read advanced, event not set", "space_avail", true},
	{ReaderBeforeSpaceWake, ReaderSide, "pop", "event word set, sleeper not yet woken", "futex wake", true},
	{ReaderAfterSpaceSignal, ReaderSide, "pop", "event set, sleeper woken", "return", true},

	{ReaderAfterPeek, ReaderSide, "peek", "message found, nothing stored", "return", true},
	{ReaderBeforeRelease, ReaderSide, "release", "peeked messages held, read unchanged", "read", true},

	{ReaderAfterWrapReadAdvance, ReaderSide, "wrap", "marker consumed, event not set", "space_avail", true},
	{ReaderBeforeWrapSpaceWake, ReaderSide, "wrap", "event word set, sleeper not yet woken", "futex wake", true},
	{ReaderAfterWrapSpaceSignal, ReaderSide, "wrap", "marker consumed, event set", "the message at offset 0", true},

	{ReaderBeforeEmptyWake, ReaderSide, "data-wait", "ring empty, space_avail set for a predecessor, sleeper not yet woken", "futex wake", true},
	{ReaderAfterDataReset, ReaderSide, "data-wait", "data_avail reset, indices not looked at again", "look at the indices", true},
	{ReaderBeforeDataWait, ReaderSide, "data-wait", "ring empty, data_avail reset and indices looked at again", "futex wait", true},
	{ReaderInDataWait, ReaderSide, "data-wait", "asleep in the futex", "wake-up", false},
	{ReaderAfterDataWait, ReaderSide, "data-wait", "woken, nothing taken", "look at the indices", true},
}
