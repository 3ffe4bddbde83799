package scenarios

import (
	"maps"
	"slices"
)

// Explored names the planted bugs that exploring, or a peer in between, finds.
func Explored() []string {
	return slices.Concat(slices.Sorted(maps.Keys(exploredIn)), slices.Sorted(maps.Keys(duelledIn)))
}

// exploredIn are the planted bugs that exploring finds, each with the operation
// by which it is found first.
var exploredIn = map[string]string{
	"ready-before-payload":      "push-first",
	"write-before-payload":      "push-first",
	"magic-first":               "create",
	"attach-at-commit":          "push-first",
	"attach-believes-empty":     "push",
	"close-repairs":             "close-writer",
	"close-signals":             "close-writer",
	"lone-marker-stays":         "push-batch-wrap",
	"unfinished-push-is-hidden": "push-first",
	"open-writes":               "attach",
	"empty-is-a-marker":         "push-empty",
	"commit-publishes":          "push-first",
	"no-wake":                   "push-first",
	"wake-before-write":         "push-first",
	"event-word-is-trusted":     "push",
	"empty-is-silent":           "pop-the-only",
	"full-is-silent":            "push-to-the-brim",
	"first-pop-is-silent":       "pop",
	"space-not-signalled":       "pop",
	"polling-ignored":           "attach",
	"batch-published-first":     "push-batch",
	"batch-never-flushed":       "push-batch",
	"reserve-is-ready":          "reserve-commit",
	"reserve-publishes":         "reserve-commit",
	"commit-without-ready":      "reserve-commit",
	"commit-takes-all":          "reserve-commit",
	"release-is-silent":         "peek-release",
	"one-lock-for-both":         "pop-woken",
	"rename-before-initialise":  "replace",
	"remove-before-rename":      "replace",

	"commit-before-write":  "push-to-the-end",
	"header-in-two-stores": "push-first",
	"write-in-two-stores":  "push-first",
	"read-in-two-stores":   "pop-wrap",
	"magic-before-version": "create",
}

// duelledIn are those that a peer in the middle of an operation finds.
var duelledIn = map[string][2]string{
	"read-before-copy":         {"pop-from-full", "push"},
	"write-before-payload":     {"push", "peek, release"},
	"event-load-before-write":  {"push-warm", "pop all, waiting"},
	"wrap-set-without-wake":    {"push-in-two-steps-warm", "pop all, waiting"},
	"wrap-not-signalled":       {"push-in-two-steps-warm", "pop all, waiting"},
	"wrap-space-not-signalled": {"pop-from-empty-warm", "push a long one, waiting"},
	"long-never-fits":          {"push-in-two-steps", "pop"},
	"batch-sleeps-unflushed":   {"push-batch-into-full", "pop"},
	"peek-releases":            {"peek-release", "push many, waiting"},
	"data-reset-after-look":    {"pop-from-empty", "push"},
	"space-reset-after-look":   {"push-into-full", "pop"},
	"no-look-after-reset":      {"pop-from-empty", "push"},
}
