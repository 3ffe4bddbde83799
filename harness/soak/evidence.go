package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"killpoint/harness"
	"killpoint/harness/soak/ledger"
)

// keep writes down what a round was like when it was found out: what is shared,
// the books, the schedule, the timeline, and what the processes are doing. It
// returns the folder.
func (r *round) keep(f Finding) (string, error) {
	if r.Evidence == "" {
		return "", nil
	}
	folder := filepath.Join(r.Evidence, fmt.Sprintf("soak-%d-%d", r.plan.Seed, r.plan.Number))
	files := map[string][]byte{"ledger": r.books.Image()}
	if image, err := os.ReadFile(r.path); err == nil {
		files["shared.image"] = image
	}
	var timeline bytes.Buffer
	if err := r.timeline.WriteJSON(&timeline); err != nil {
		return "", err
	}
	files["timeline.jsonl"], files["timeline.txt"] = timeline.Bytes(), []byte(r.timeline.String())
	f.Folder = folder
	what := struct {
		Finding
		Books ledger.Books `json:"books"`
		Step  int          `json:"step"` // of the schedule, from 0
		Plan  Round        `json:"schedule"`
	}{f, r.books.Books(r.lives[Writer], r.lives[Reader]), r.at, r.plan}
	text, err := json.MarshalIndent(what, "", " ")
	if err != nil {
		return "", err
	}
	files["finding.json"] = append(text, '\n')
	for name, text := range r.stacks() {
		files[name+".stacks"] = []byte(text)
	}
	for _, e := range r.ends {
		files[fileName(e)+".commands"], files[fileName(e)+".output"] = e.child.Transcript(), []byte(e.child.Output())
	}
	return folder, harness.SaveFolder(folder, func(dir string) error {
		for name, content := range files {
			if len(content) == 0 {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

func fileName(e *end) string { return strings.ReplaceAll(e.name(), " ", "-") }

// stacks says of each process what it is doing. One that does not answer soon is
// described by the kernel alone.
func (r *round) stacks() map[string]string {
	all := map[string]string{}
	var mu sync.Mutex
	var asking sync.WaitGroup
	for _, e := range r.ends {
		asking.Go(func() {
			text := e.stacks()
			mu.Lock()
			defer mu.Unlock()
			all[fileName(e)] = text
		})
	}
	asking.Wait()
	return all
}

func (e *end) stacks() string {
	if exit, ended := e.child.Exit(); ended {
		return fmt.Sprintf("ended: %s\n", exit)
	}
	text := "by the kernel:\n\n" + e.child.Threads()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	stacks, err := e.child.Stacks(ctx)
	if err != nil {
		return text + fmt.Sprintf("\nits goroutines are not known: %v\n", err)
	}
	return text + "\nits goroutines:\n\n" + stacks
}
