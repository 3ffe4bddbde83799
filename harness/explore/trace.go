package explore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"killpoint/harness/explore/internal/wire"
)

// A Kind says at what sort of moment a state was seen.
type Kind string

// The kinds.
const (
	// Begin: nothing of the operation has been done.
	Begin Kind = "begin"
	// Access: one instruction is about to load from a shared mapping, or to store
	// to it; all that came before it is done. The engine Accesses alone sees it.
	Access Kind = "access"
	// Store: one instruction has just changed the image.
	Store Kind = "store"
	// Enter: a system call comes next. All before it is done, nothing of it is:
	// the moment at which an event is stored and its wake not issued.
	Enter Kind = "enter"
	// Asleep: the thread sleeps, in a futex wait without timeout on a word of a
	// shared mapping. It is the one kind at which the victim is not stopped.
	Asleep Kind = "asleep"
	// Mark: the victim has called victim.Mark.
	Mark Kind = "mark"
	// Leave: a system call has been done.
	Leave Kind = "leave"
	// End: the operation has returned.
	End Kind = "end"
)

// A State is one moment of an operation at which it can be killed, so that what
// is left differs from what the moment before it would have left: in the image,
// or in what the kernel has been asked to do.
type State struct {
	Ordinal int // from 0, the Begin, without gaps
	Kind    Kind
	// Image is what a SIGKILL at this moment leaves behind.
	Image Image
	Hash  Hash
	// Canonical is the hash of what Config.Canonical makes of the image.
	Canonical Hash
	// Syscall is the system call of an Enter, Asleep or Leave.
	Syscall *Syscall
	// Name is that of a Mark.
	Name string
	// Other reports that not the operation's thread did it but another one of its
	// process, while the former slept or let others run.
	Other bool
	// Frames are the calls that led here, innermost first, inlined ones
	// included; the last one is the operation itself. They are known once the
	// run is over: OnStop does not see them.
	Frames []Frame

	place place
}

// A Frame is one function call.
type Frame struct {
	Func string `json:"func"` // with its import path
	File string `json:"file"`
	Line int    `json:"line"`
}

// String is "file:line function", both without their folders.
func (f Frame) String() string {
	return fmt.Sprintf("%s:%d %s", f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line, f.Func[strings.LastIndexByte(f.Func, '/')+1:])
}

// In returns the innermost frame in a package, given by its import path: what
// the code under test was doing when a copy loop of the runtime made the store.
func (s *State) In(pkg string) (f Frame, ok bool) {
	for _, f := range s.Frames {
		if rest, ok := strings.CutPrefix(f.Func, pkg); ok && strings.HasPrefix(rest, ".") {
			return f, true
		}
	}
	return Frame{}, false
}

// String is one line for people.
func (s *State) String() string {
	text := fmt.Sprintf("%3d %-6s %s", s.Ordinal, s.Kind, s.Hash)
	if s.Name != "" {
		text += " " + s.Name
	}
	if s.Syscall != nil {
		text += " " + s.Syscall.String()
	}
	for _, f := range s.Frames {
		text += " < " + f.String()
	}
	return text
}

// An Ending says how a run ended.
type Ending string

// The endings.
const (
	Finished Ending = "finished" // the operation returned, and the victim exited with code 0
	Killed   Ending = "killed"   // by OnStop
	Detached Ending = "detached" // by OnStop; the victim exited with code 0
	Sleeping Ending = "sleeping" // asleep without timeout, with no OnStop to see to it; killed there
)

// A Trace is what one run has seen.
type Trace struct {
	States []State
	Ending Ending
	// After is the image once the victim was dead.
	After Image
	// Stdout and Stderr are all that the victim wrote there.
	Stdout, Stderr []byte
	Stats          Stats
}

// Stats are figures of a run. Stores and Steps differ between engines.
type Stats struct {
	Stores   int // that hit a shared mapping, whether they changed a byte or not; 0 when single-stepping
	Steps    int // stops of the operation's thread
	Syscalls int // that are states
	// Images and Canonical count what is distinct.
	Images, Canonical int
	Operation         time.Duration // from begin to end, with all stops
	Total             time.Duration // with starting and ending the victim
}

// Last returns the last state.
func (t *Trace) Last() *State { return &t.States[len(t.States)-1] }

// Diff lists where two traces differ in what a crash at each state leaves
// behind or where it stands in the code; it is empty if they agree. Addresses
// are not compared, nor what went on between the states.
func (t *Trace) Diff(o *Trace) (lines []string) {
	for i := range max(len(t.States), len(o.States)) {
		a, b := "nothing", "nothing"
		if i < len(t.States) {
			a = t.States[i].String()
		}
		if i < len(o.States) {
			b = o.States[i].String()
		}
		if a != b {
			lines = append(lines, fmt.Sprintf("%s\n    against %s", a, b))
		}
	}
	return lines
}

// count fills the figures that follow from the states.
func (t *Trace) count() {
	images, canonical := map[Hash]bool{}, map[Hash]bool{}
	for i := range t.States {
		images[t.States[i].Hash] = true
		canonical[t.States[i].Canonical] = true
		if t.States[i].Kind == Enter {
			t.Stats.Syscalls++
		}
	}
	t.Stats.Images, t.Stats.Canonical = len(images), len(canonical)
}

// An Image is what the watched files hold at one moment, in the order of
// Config.Files: nil is a file that does not exist, which an empty one does.
// Images are shared between states and must not be changed.
type Image [][]byte

// Equal reports whether two images are the same.
func (m Image) Equal(o Image) bool {
	return slices.EqualFunc(m, o, func(a, b []byte) bool {
		return (a == nil) == (b == nil) && bytes.Equal(a, b)
	})
}

// Clone returns a copy that may be changed.
func (m Image) Clone() Image {
	c := make(Image, len(m))
	for i, b := range m {
		c[i] = bytes.Clone(b) // nil stays nil
	}
	return c
}

// Hash returns the image's hash.
func (m Image) Hash() Hash {
	h := sha256.New()
	var size [8]byte
	for _, b := range m {
		n := int64(len(b))
		if b == nil {
			n = -1
		}
		binary.LittleEndian.PutUint64(size[:], uint64(n))
		h.Write(size[:])
		h.Write(b)
	}
	return Hash(h.Sum(nil)[:len(Hash{})])
}

// A Hash stands for an image. It is the same in every run and on every machine.
type Hash [12]byte

// String is the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// A Syscall is a system call that others than the victim could notice.
type Syscall struct {
	Number uint64
	Name   string
	Args   [6]uint64
	Path   string // of a call that names a file
	// Offset is where the first argument that points into a shared mapping of a
	// file points to, in that file, or -1.
	Offset int64
	// Result is the kernel's answer, a negative one an error number; of a Leave
	// only.
	Result int64

	done bool
}

// String leaves out addresses and folders: they may differ between runs that do the same.
func (c *Syscall) String() string {
	args := ""
	if c.Path != "" {
		args = fmt.Sprintf("%q", filepath.Base(c.Path))
	}
	if c.Offset >= 0 {
		args = fmt.Sprintf("+%d", c.Offset)
	}
	text := fmt.Sprintf("%s(%s)", c.Name, args)
	switch {
	case !c.done:
		return text
	case c.Result < 0:
		return text + " = " + syscall.Errno(-c.Result).Error()
	case c.Name == "mmap" || c.Name == "mremap":
		return text + " = an address"
	}
	return fmt.Sprintf("%s = %d", text, c.Result)
}

// place is where a thread stood: addresses, as distances from an origin that
// every process of the victim's program knows.
type place struct {
	pc, top int64
	returns [maxReturns]int64
	depth   int
}

const maxReturns = 24

func (p place) wire() wire.Place {
	return wire.Place{PC: p.pc, Top: p.top, Returns: append([]int64{}, p.returns[:p.depth]...)}
}
