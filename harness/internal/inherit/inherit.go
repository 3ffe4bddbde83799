// Package inherit says what a child takes over from the process that starts it:
// a short list of its environment, and of the descriptors those that are handed
// over. What else there is, such as failpoints that were set for somebody else
// or a lock that a shell holds, would make the child another one than was meant.
package inherit

import (
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// names are those of the variables that a child gets.
var names = []string{
	"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR",
	"USER", "LOGNAME", "LANG", "TZ", // and LC_*
	// what a build with the race detector or coverage reads
	"GORACE", "GOCOVERDIR",
}

// Environment is that of a child: what it gets of this process's, and then what
// is added, "KEY=value".
func Environment(added []string) []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if slices.Contains(names, name) || strings.HasPrefix(name, "LC_") {
			env = append(env, kv)
		}
	}
	return append(env, added...)
}

// OnlyWhatIsHandedOver marks every descriptor of this process but the standard
// three to be closed in whatever it starts. What is handed over explicitly, as
// os/exec and syscall.StartProcess do, is not touched by that.
func OnlyWhatIsHandedOver() {
	const first = 3
	if unix.CloseRange(first, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return
	}
	// Linux before 5.11, or denied.
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd >= first {
			unix.CloseOnExec(fd)
		}
	}
}
