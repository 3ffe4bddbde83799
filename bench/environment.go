package bench

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Environment is where a result was found. What cannot be read is empty or 0.
type Environment struct {
	CPU        string  `json:"cpu"`
	CPUs       int     `json:"cpus"`
	Kernel     string  `json:"kernel"`
	Go         string  `json:"go"`
	GOMAXPROCS int     `json:"gomaxprocs"`
	LoadBegin  float64 `json:"load_begin"` // average of one minute
	LoadEnd    float64 `json:"load_end"`
	Rounds     int     `json:"rounds"`
	Dir        string  `json:"dir"`
	Capacity   int     `json:"capacity"` // of the ring, in bytes
	Clock      float64 `json:"clock_ns"` // one look at it
	Wall       float64 `json:"wall_s"`
}

func environment(dir string, rounds int) Environment {
	e := Environment{
		CPU: cpuModel(), CPUs: runtime.NumCPU(), Go: runtime.Version(), GOMAXPROCS: runtime.GOMAXPROCS(0),
		LoadBegin: loadAverage(), Rounds: rounds, Dir: dir, Capacity: capacity, Clock: clockCost(),
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		e.Kernel = unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:]) +
			" " + unix.ByteSliceToString(name.Machine[:])
	}
	return e
}

// cpuModel reads the name of the first processor. Some architectures have none.
func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}
