package inherit

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestEnvironmentIsWhatIsMeant(t *testing.T) {
	for _, name := range []string{"GO_FAILPOINTS", "GO_FAILPOINTS_HTTP", "GOTRACEBACK", "GODEBUG", "GOMAXPROCS", "GOGC", "GOMEMLIMIT", "IPC_RING_POLL_MS", "KILLPOINT_ANYTHING", "LD_PRELOAD"} {
		t.Setenv(name, "strange")
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LC_ALL"} {
		t.Setenv(name, "kept")
	}
	got := Environment([]string{"PATH=mine", "GOGC=off"})
	for _, kv := range got {
		if strings.HasSuffix(kv, "=strange") {
			t.Errorf("%s is inherited", kv)
		}
	}
	for _, want := range []string{"PATH=kept", "HOME=kept", "TMPDIR=kept", "LC_ALL=kept"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not inherited", want)
		}
	}
	if n := len(got); n < 2 || got[n-2] != "PATH=mine" || got[n-1] != "GOGC=off" {
		t.Errorf("what is added must come last: %v", got)
	}
}

func TestDescriptorsAreClosedInChildren(t *testing.T) {
	var held [2]int
	if err := unix.Pipe(held[:]); err != nil { // without O_CLOEXEC, as a shell's
		t.Fatal(err)
	}
	defer unix.Close(held[0])
	defer unix.Close(held[1])
	OnlyWhatIsHandedOver()
	for _, fd := range held {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("descriptor %d: flags %#x, %v", fd, flags, err)
		}
	}
	if flags, err := unix.FcntlInt(os.Stderr.Fd(), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC != 0 {
		t.Errorf("stderr: flags %#x, %v", flags, err)
	}
}
