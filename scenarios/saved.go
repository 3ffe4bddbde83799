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
}

// SavedChild is one process.
type SavedChild struct {
	Name     string   `json:"name"`
	Argv     []string `json:"argv"`
	Exit     string   `json:"exit"`     // "alive" if it had to be ended
	Commands string   `json:"commands"` // base name of the file with what it was told
}

// Save writes what the run leaves into a folder, with the command that repeats
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
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("save evidence: %w", err)
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
	text, err := os.ReadFile(filepath.Join(folder, SavedFile))
	if err != nil {
		return s, e, fmt.Errorf("%s holds no evidence of a cell: %w", folder, err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, e, fmt.Errorf("%s: %w", filepath.Join(folder, SavedFile), err)
	}
	e.Folder, e.Messages = folder, s.Messages
	for name, image := range map[string]*[]byte{BeforeImage: &e.Before, DeathImage: &e.AtDeath} {
		if *image, err = os.ReadFile(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s, e, err
		}
	}
	return s, e, nil
}

// Judge applies what is expected of the cell today. A cell that ended early has
// no facts to judge and keeps its verdict; one that is none any more is unknown.
func (s Saved) Judge() Result {
	r := Result{Verdict: s.Verdict, Outcome: s.Outcome, Detail: s.Detail, Facts: s.Facts, Hit: s.Hit, Exit: s.Exit}
	c, err := Find(s.Cell)
	switch {
	case err != nil:
		r.Cell = Cell{ID: s.Cell}
		r.Verdict, r.Detail = Unknown, []string{err.Error()}
	case len(s.Facts) == 0:
		r.Cell = c
	default:
		r.Cell = c
		r.judge(s.Facts, nil)
	}
	return r
}
