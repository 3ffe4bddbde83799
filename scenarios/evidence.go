package scenarios

import (
	"bytes"
	"fmt"
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
	Messages                       []Message
	Environment                    []string // added to that of every child
}

// ChildEvidence is what remains of one process.
type ChildEvidence struct {
	Name     string
	Program  string
	Commands []byte // what it was told, for its "replay"
	Output   string
	Exit     string
	// Stacks are taken where a cell did not pass: of the operation when it stood
	// at its site, and of what is alive in the end.
	Stacks string
}

// CommandsFile is the base name under which Save writes the commands.
func (c ChildEvidence) CommandsFile() string { return c.fileName() + ".commands" }

func (c ChildEvidence) fileName() string { return strings.ReplaceAll(c.Name, " ", "-") }

// An Image is one state of the ring file.
type Image struct {
	When  string
	Bytes []byte
	file  string
}

// The base names of images: with which the victim began, and as it left it.
const (
	BeforeImage = "before.image"
	DeathImage  = "at-death.image"
)

// Images returns the images that there are, in order of time.
func (e Evidence) Images() []Image {
	all := []Image{
		{"before", e.Before, BeforeImage},
		{"at the site", e.AtSite, "at-site.image"},
		{"at death", e.AtDeath, DeathImage},
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
		for ending, text := range map[string]string{".output": c.Output, ".stacks": c.Stacks} {
			if text != "" {
				files[c.fileName()+ending] = []byte(text)
			}
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
