package explore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"killpoint/harness/explore/internal/wire"
	"killpoint/harness/internal/inherit"
)

// names are the places of a program that have been named so far. Naming takes a
// process of the program itself, so what one run has learnt serves all.
var names = struct {
	sync.Mutex
	of map[program]map[place][]Frame
}{of: map[program]map[place][]Frame{}}

// program is an executable, as long as nobody builds it anew.
type program struct {
	path     string
	size     int64
	modified time.Time
	inode    uint64
}

// name gives every state its frames.
func (t *tracer) name() error {
	path, err := exec.LookPath(t.cfg.Command[0])
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	id := program{path, info.Size(), info.ModTime(), info.Sys().(*syscall.Stat_t).Ino}
	names.Lock()
	defer names.Unlock()
	known := names.of[id]
	if known == nil {
		known = map[place][]Frame{}
		names.of[id] = known
	}
	var unknown []place
	for _, s := range t.trace.States {
		if _, ok := known[s.place]; !ok {
			known[s.place] = nil
			unknown = append(unknown, s.place)
		}
	}
	if err := ask(path, unknown, known); err != nil {
		return err
	}
	for i := range t.trace.States {
		t.trace.States[i].Frames = known[t.trace.States[i].place]
	}
	return nil
}

// ask has the program name places of its own.
func ask(path string, places []place, known map[place][]Frame) error {
	if len(places) == 0 {
		return nil
	}
	list := make([]wire.Place, len(places))
	for i, p := range places {
		list[i] = p.wire()
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	cmd := exec.Command(path)
	cmd.Env = extended(inherit.Environment([]string{wire.SymbolsEnv + "=" + wire.Version}), "GORACE", " ", "atexit_sleep_ms=0")
	cmd.Stdin = bytes.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var named [][]wire.Frame
	if err == nil {
		err = json.Unmarshal(out, &named)
	}
	if err == nil && len(named) != len(places) {
		err = fmt.Errorf("%d names for %d places", len(named), len(places))
	}
	if err != nil {
		for _, p := range places {
			delete(known, p)
		}
		return fmt.Errorf("name places of %s: %w: %s", path, err, stderr.String())
	}
	for i, p := range places {
		for _, f := range named[i] {
			known[p] = append(known[p], Frame(f))
		}
	}
	return nil
}
