package scenarios

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"killpoint/harness"
)

// Evidence is what a run leaves, taken before anything is judged.
type Evidence struct {
	Folder   string // in which the cell ran
	Timeline *harness.Timeline
	// Images of the ring file: when the victim was started, when it stood at
	// its site, when it had died, in the end. Nil where there is none.
	Before, AtSite, AtDeath, After []byte
	Children                       []ChildEvidence
}

// ChildEvidence is what remains of one process.
type ChildEvidence struct {
	Name     string
	Program  string
	Commands []byte // what it was told, for its "replay"
	Output   string
	Exit     string
}

// CommandsFile is the base name under which Save writes the commands.
func (c ChildEvidence) CommandsFile() string {
	return strings.ReplaceAll(c.Name, " ", "-") + ".commands"
}

// An Image is one state of the ring file.
type Image struct {
	When  string
	Bytes []byte
	file  string
}

// BeforeImage is the base name of the image with which the victim began.
const BeforeImage = "before.image"

// Images returns the images that there are, in order of time.
func (e Evidence) Images() []Image {
	all := []Image{
		{"before", e.Before, BeforeImage},
		{"at the site", e.AtSite, "at-site.image"},
		{"at death", e.AtDeath, "at-death.image"},
		{"in the end", e.After, "after.image"},
	}
	return slices.DeleteFunc(all, func(i Image) bool { return i.Bytes == nil })
}

// Save writes the evidence into a folder.
func (e Evidence) Save(folder string) error {
	files := map[string][]byte{}
	for _, i := range e.Images() {
		files[i.file] = i.Bytes
	}
	for _, c := range e.Children {
		files[c.CommandsFile()] = c.Commands
		if c.Output != "" {
			files[strings.TrimSuffix(c.CommandsFile(), ".commands")+".output"] = []byte(c.Output)
		}
	}
	var timeline bytes.Buffer
	if err := e.Timeline.WriteJSON(&timeline); err != nil {
		return err
	}
	files["timeline.jsonl"] = timeline.Bytes()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return fmt.Errorf("save evidence: %w", err)
		}
	}
	return nil
}

// FactLines are the facts, one a line, in order of name.
func (r Result) FactLines() []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(r.Facts)) {
		lines = append(lines, fmt.Sprintf("%-10s %s", name, r.Facts[name]))
	}
	return lines
}
