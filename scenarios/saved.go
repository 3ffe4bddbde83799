package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// SavedFile is the base name of a Saved in a folder of evidence.
const SavedFile = "cell.json"

// Saved is what a folder of evidence says of the run of one cell; the other
// files there hold what is long.
type Saved struct {
	Cell        string       `json:"cell"`
	Verdict     Verdict      `json:"verdict"`
	Outcome     string       `json:"outcome,omitempty"`
	Detail      []string     `json:"detail,omitempty"`
	Facts       Facts        `json:"facts,omitempty"` // nil if the cell ended early
	Want        Facts        `json:"want"`            // as it was then
	Hit         int          `json:"hit"`
	Exit        string       `json:"exit"`
	Repeat      string       `json:"repeat"` // the command that repeats it
	Go          string       `json:"go"`
	Kernel      string       `json:"kernel"`
	Environment []string     `json:"environment"` // what of it a ring or Go looks at
	Messages    []Message    `json:"messages,omitempty"`
	Children    []SavedChild `json:"children"`
	// Images are the sizes of the images beside it, in bytes, by base name: a
	// file that was cut afterwards must not be judged.
	Images map[string]int `json:"images,omitempty"`
}

// SavedChild is one process.
type SavedChild struct {
	Name     string   `json:"name"`
	Argv     []string `json:"argv"`
	Exit     string   `json:"exit"`     // "alive" if it had to be ended
	Commands string   `json:"commands"` // base name of the file with what it was told
}

// Save writes what the run leaves into a folder that exists, with the command that repeats
// it.
func (r Result) Save(folder, repeat string) error {
	s := Saved{
		Cell: r.Cell.ID, Verdict: r.Verdict, Outcome: r.Outcome, Detail: r.Detail, Facts: r.Facts, Want: r.Cell.Want,
		Hit: r.Hit, Exit: r.Exit, Repeat: repeat, Go: runtime.Version(), Kernel: kernel(),
		Environment: environment(r.Evidence.Environment), Messages: r.Evidence.Messages,
	}
	for _, c := range r.Evidence.Children {
		s.Children = append(s.Children, SavedChild{Name: c.Name, Argv: []string{c.Program}, Exit: c.Exit, Commands: c.CommandsFile()})
	}
	s.Images = map[string]int{}
	for _, i := range r.Evidence.Images() {
		s.Images[i.file] = len(i.Bytes)
	}
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, SavedFile), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("save evidence: %w", err)
	}
	return r.Evidence.Save(folder)
}

// environment is what of a child's environment can matter, and no more: the rest
// may hold secrets.
func environment(added []string) []string {
	var all []string
	for _, kv := range os.Environ() {
		if strings.HasPrefix(kv, "GO") || strings.HasPrefix(kv, "IPC_RING_") || strings.HasPrefix(kv, "CGO_") {
			all = append(all, kv)
		}
	}
	slices.Sort(all)
	return append(all, added...)
}

// Load reads what Save has written: of the evidence, the images before and at
// death and the messages. An image that there is not is nil.
func Load(folder string) (s Saved, e Evidence, err error) {
	text, err := readBounded(filepath.Join(folder, SavedFile))
	if err != nil {
		return s, e, fmt.Errorf("%s holds no evidence of a cell: %w", folder, err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, e, fmt.Errorf("%s: %w", filepath.Join(folder, SavedFile), err)
	}
	if err := s.check(); err != nil {
		return s, e, fmt.Errorf("%s is damaged: %w", filepath.Join(folder, SavedFile), err)
	}
	e.Folder, e.Messages = folder, s.Messages
	for name, image := range map[string]*[]byte{BeforeImage: &e.Before, DeathImage: &e.AtDeath} {
		if *image, err = readBounded(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s, e, err
		}
		if size, known := s.Images[name]; known && size != len(*image) {
			return s, e, fmt.Errorf("%s is damaged: %d bytes, and %d were saved", filepath.Join(folder, name), len(*image), size)
		}
	}
	return s, e, nil
}

// Bounds of what a folder of evidence may say: far above what any cell makes.
const (
	maxSavedFile   = 64 << 20 // bytes
	maxMessageSize = 1 << 20  // bytes
	maxMessages    = 10_000
)

// check returns what no run can have written: a folder of evidence is input.
func (s Saved) check() error {
	if len(s.Messages) > maxMessages {
		return fmt.Errorf("%d messages: at most %d", len(s.Messages), maxMessages)
	}
	total, bodies := 0, map[string]string{}
	for _, m := range s.Messages {
		if m.Size < 0 || m.Size > maxMessageSize {
			return fmt.Errorf("message %q: size %d is not within 0 to %d", m.Name, m.Size, maxMessageSize)
		}
		if total += m.Size; total > maxSavedFile {
			return fmt.Errorf("messages of more than %d bytes in all", maxSavedFile)
		}
		body := string(message(m.Name, m.Size))
		if other, known := bodies[body]; known {
			return fmt.Errorf("messages %q and %q have the same body", other, m.Name)
		}
		bodies[body] = m.Name
	}
	return nil
}

// readBounded reads a regular file of at most maxSavedFile bytes.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path)
	case info.Size() > maxSavedFile:
		return nil, fmt.Errorf("%s has %d bytes: at most %d", path, info.Size(), maxSavedFile)
	}
	return os.ReadFile(path)
}

// Judge applies what is expected of the cell today. A cell that ended early has
// no facts to judge and keeps its verdict, but pass; that, and a cell that there
// is no more, is unknown.
func (s Saved) Judge() Result {
	r := Result{Verdict: s.Verdict, Outcome: s.Outcome, Detail: s.Detail, Facts: s.Facts, Hit: s.Hit, Exit: s.Exit}
	c, err := Find(s.Cell)
	switch {
	case err != nil:
		r.Cell = Cell{ID: s.Cell}
		r.Verdict, r.Detail = Unknown, []string{err.Error()}
	case len(s.Facts) == 0:
		if r.Cell = c; r.Verdict == Pass {
			r.Verdict, r.Detail = Unknown, []string{"it says pass, and has no facts: run the cell again"}
		}
	default:
		r.Cell = c
		r.judge(s.Facts, nil)
	}
	return r
}
