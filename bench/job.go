package bench

// capacity is the size of a ring and of the areas of memcpy, in bytes.
const capacity = 8 << 20

// role is what a child does.
type role string

const (
	writer  role = "writer"
	reader  role = "reader"
	pinger  role = "ping"
	echoer  role = "echo"
	spinner role = "spin"  // keeps a processor busy
	tracer  role = "trace" // counts the system calls of others
	// janitor waits for the parent's end, whatever else runs then, so that the
	// folder is removed.
	janitor role = "janitor"
)

// job is what a child is told on its first line.
type job struct {
	Role  role
	Impl  string
	Size  int
	Count uint64 // messages or round trips
	Dir   string // with rings and areas; removed when the parent is gone
	Out   int    // descriptor of the stream to write to; 0 if there is none
	In    int    // of the one to read from
	// Traceable: the tracer will come.
	Traceable bool
	Pids      []int // for the tracer
	// Skip plants a fault: the writer leaves out the message with this id. 0
	// leaves out none.
	Skip uint64
}

// said is what a child says: that it is ready, and what came of it.
type said struct {
	Ready    bool
	Err      string            `json:",omitempty"`
	Lost     bool              `json:",omitempty"` // Err is that the other end is gone
	Ended    int64             // when the last message was done, monotonic, in ns
	Mallocs  uint64            // objects allocated in the run
	Switches int64             // context switches in the run
	Trips    int64             // round trips in the figures below
	P50      int64             // ns
	P99      int64             // ns
	P999     int64             // ns
	Calls    map[string]uint64 `json:",omitempty"` // system calls by name
}

// startLine is the parent's signal.
const startLine = "start"
